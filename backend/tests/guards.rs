//! What every answer carries, and what the server tells of itself.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::fs;

use common::TestServer;
use common::raw::{connection, get, handshake, head, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PAGE: &str =
    "<!doctype html><script type=\"module\">\nimport '/a.js';\n</script><script src=\"/b.js\"></script>";

/// A server with this page.
async fn with_page(page: &str) -> TestServer {
    let server = TestServer::start().await;
    let dist = server.data.path().join("dist");
    fs::create_dir(&dist).unwrap();
    fs::write(dist.join("index.html"), page).unwrap();
    fs::write(dist.join("b-0123456789abcdef.js"), "1").unwrap();
    server
}

fn policy(answer: &str) -> &str {
    let line = answer.lines().find_map(|line| line.strip_prefix("content-security-policy: "));
    line.unwrap_or_else(|| panic!("no policy: {answer}"))
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let server = with_page(PAGE).await;
    let mut answers = Vec::new();
    for path in [
        "/",
        "/r/7Yc3mVbq9sT1kLwXeRzP4n",
        "/b-0123456789abcdef.js",
        "/nothing",
        "/api/rooms/lobby",
        "/api/x",
        "/healthz",
        "/ws",
    ] {
        answers.push(raw(&server, &get(path, "")).await);
    }
    answers.push(raw(&server, &get("/api/rooms", "").replace("GET", "POST")).await);
    let mut upgraded = connection(&server).await;
    upgraded.write_all(handshake(common::raw::GOOD).as_bytes()).await.unwrap();
    answers.push(head(&mut upgraded).await.to_lowercase());
    for answer in &answers {
        for line in [
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "permissions-policy: camera=(), ",
        ] {
            assert!(answer.contains(&format!("\r\n{line}")), "{line}: {answer}");
        }
        for rule in [
            "default-src 'self'; ",
            "script-src 'self' 'wasm-unsafe-eval'",
            "; style-src 'self'; ",
            "; base-uri 'none'; ",
            "; connect-src 'self'",
            "; form-action 'self'; ",
            "; frame-ancestors 'none'",
        ] {
            assert!(policy(answer).contains(rule), "{rule}: {answer}");
        }
        assert!(!policy(answer).contains("script-src 'self' 'unsafe-inline'"), "{answer}");
        assert!(!answer.contains("\r\nset-cookie:"), "{answer}");
    }
}

#[tokio::test]
async fn the_page_may_run_the_scripts_that_are_in_it_also_when_it_is_built_anew() {
    let server = with_page(PAGE).await;
    // printf "\nimport '/a.js';\n" | openssl dgst -sha256 -binary | base64
    let hash = "'sha256-7ZwTBwLbwX7ufbAzTFdrJ2bDpcRwquTstZPLfHsgw/E='".to_lowercase();
    let first = raw(&server, &get("/", "")).await;
    assert!(policy(&first).contains(&format!("script-src 'self' 'wasm-unsafe-eval' {hash}; ")), "{first}");
    assert_eq!(policy(&first), policy(&raw(&server, &get("/r/x", "")).await));
    let index = server.data.path().join("dist/index.html");
    let before = fs::metadata(&index).unwrap().modified().unwrap();
    fs::write(&index, PAGE.replace("/a.js", "/c.js")).unwrap();
    let later = before + std::time::Duration::from_secs(1);
    fs::File::options().write(true).open(&index).unwrap().set_modified(later).unwrap();
    let second = raw(&server, &get("/", "")).await;
    assert!(!policy(&second).contains(&hash) && policy(&second).contains("'sha256-"), "{second}");
}

#[tokio::test]
async fn a_page_never_comes_with_another_page_s_policy() {
    let server = with_page(PAGE).await;
    let index = server.data.path().join("dist/index.html");
    let built = fs::metadata(&index).unwrap().modified().unwrap();
    let put = |page: &str| {
        fs::write(&index, page).unwrap();
        // As a copy that keeps the time, an earlier build that is put back.
        fs::File::options().write(true).open(&index).unwrap().set_modified(built).unwrap();
    };
    let tag = |answer: &str| {
        let line = answer.lines().find_map(|line| line.strip_prefix("etag: "));
        line.unwrap_or_else(|| panic!("no tag: {answer}")).to_owned()
    };
    let ask = async |headers: &str| raw(&server, &get("/", headers)).await;
    let first = ask("").await;
    put(&PAGE.replace("/a.js", "/c.js"));
    let date = "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
    let second = ask(&format!("{date}If-None-Match: \"x\"\r\n")).await;
    assert!(second.starts_with("http/1.1 200 ") && second.contains("/c.js"), "{second}");
    assert_ne!(policy(&first), policy(&second));
    // Tags are not in small letters.
    let mut stream = connection(&server).await;
    stream.write_all(get("/", "").as_bytes()).await.unwrap();
    let told = head(&mut stream).await;
    let held = told.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let same = ask(&format!("If-None-Match: \"x\", W/{held}\r\n")).await;
    assert!(same.starts_with("http/1.1 304 ") && same.ends_with("\r\n\r\n"), "{same}");
    assert_eq!((policy(&same), tag(&same)), (policy(&second), tag(&second)));
    put(PAGE);
    let back = ask(&format!("{date}If-None-Match: {held}\r\n")).await;
    assert!(back.starts_with("http/1.1 200 ") && back.contains("/a.js"), "{back}");
    assert_eq!((policy(&back), tag(&back)), (policy(&first), tag(&first)));
}

#[tokio::test]
async fn how_the_server_is_is_told_to_the_machine_itself_only() {
    let server = TestServer::start().await;
    let _zhang = server.join("张三").await;
    let figures = raw(&server, &get("/metrics", "")).await;
    for line in ["duiliao_sessions 1", "duiliao_visits 1", "duiliao_rooms_loaded 1", "duiliao_ledger_queue 0"]
    {
        assert!(figures.contains(&format!("\n{line}\n")), "{line}: {figures}");
    }
    assert!(figures.contains("\n# type duiliao_index_behind gauge\n"), "{figures}");
    // What somebody passes on is not the machine's own question, whatever it says.
    for passed_on in ["X-Forwarded-For: 127.0.0.1\r\n", "Forwarded: for=127.0.0.1\r\n", "Via: 1.1 x\r\n"] {
        assert!(raw(&server, &get("/metrics", passed_on)).await.starts_with("http/1.1 404 "), "{passed_on}");
    }
    assert!(raw(&server, &get("/readyz", "")).await.ends_with("\r\n\r\nready\n"));

    let proxied = TestServer::with(|config| config.proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let passed_on = get("/metrics", "X-Forwarded-For: 192.0.2.1\r\n");
    assert!(raw(&proxied, &passed_on).await.starts_with("http/1.1 404 "));
    let open = TestServer::with(|config| config.metrics_open = true).await;
    assert!(raw(&open, &passed_on).await.starts_with("http/1.1 200 "));
}

#[tokio::test]
async fn what_was_compressed_when_it_was_built_is_sent_as_it_is_to_who_takes_it() {
    let server = with_page(PAGE).await;
    let dist = server.data.path().join("dist");
    fs::write(dist.join("b-0123456789abcdef.js.br"), "as br").unwrap();
    fs::write(dist.join("b-0123456789abcdef.js.gz"), "as gz").unwrap();
    let path = "/b-0123456789abcdef.js";
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "content-encoding: br", "as br"),
        ("br;q=0, gzip", "content-encoding: gzip", "as gz"),
        ("identity", "content-type: text/javascript", "1"),
    ] {
        let answer = raw(&server, &get(path, &format!("Accept-Encoding: {accepted}\r\n"))).await;
        assert!(
            answer.starts_with("http/1.1 200") && answer.ends_with(&format!("\r\n\r\n{body}")),
            "{answer}"
        );
        for line in [
            encoding,
            "cache-control: public, max-age=31536000, immutable",
            "x-content-type-options: nosniff",
        ] {
            assert!(answer.contains(line), "{line}: {answer}");
        }
    }
    let answer = raw(&server, &get("/index.html", "Accept-Encoding: br\r\n")).await;
    assert!(answer.contains("cache-control: no-cache") && !answer.contains("content-encoding"), "{answer}");
}

#[tokio::test]
async fn a_server_that_stops_says_that_it_is_not_ready() {
    let server = TestServer::start().await;
    // It does not read, so the goodbye takes as long as it may.
    let _zhang = server.join("张三").await;
    let address = server.address.clone();
    let stopping = tokio::spawn(server.stop());
    let mut answers = String::new();
    while !stopping.is_finished() && !answers.contains("stopping") {
        let Ok(mut stream) = TcpStream::connect(&address).await else { continue };
        if stream.write_all(get("/readyz", "").as_bytes()).await.is_ok() {
            let _ = stream.read_to_string(&mut answers).await;
        }
    }
    assert!(answers.contains("HTTP/1.1 503 ") && answers.ends_with("\r\n\r\nstopping\n"), "{answers}");
    stopping.await.unwrap();
}
