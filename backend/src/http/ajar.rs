//! The door while the server starts or stops. Who asks whether it is ready hears that it is not; whoever wants anything else
//! waits: until it has started, or until it has stopped and the next one answers.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::{ACCEPT_PAUSE, WAITING_MAX};
use crate::http::SERVER;
use crate::session::linger;

/// Somebody at the door, and from where.
pub type Caller = (TcpStream, SocketAddr);

/// Stands at the door until `until` is done; what came of it, and who waits. `state` makes what `/readyz` says meanwhile.
pub async fn ajar<T>(
    listener: &TcpListener,
    state: impl Fn() -> String + Clone + Send + Sync + 'static,
    until: impl Future<Output = T>,
) -> (T, Vec<Caller>) {
    let (done, mut callers) = (CancellationToken::new(), JoinSet::new());
    let mut until = std::pin::pin!(until);
    let came = loop {
        tokio::select! {
            came = &mut until => break came,
            // When so many wait, the others do so with the system.
            accepted = listener.accept(), if callers.len() < WAITING_MAX => match accepted {
                Ok(caller) => drop(callers.spawn(meet(caller, state.clone(), done.clone()))),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = answered(&mut callers) => {}
        }
    };
    done.cancel();
    let waiting = callers.join_all().await;
    (came, waiting.into_iter().flatten().collect())
}

/// Ends with the next caller that was answered: whoever waits does not end before its time.
async fn answered(callers: &mut JoinSet<Option<Caller>>) -> Option<()> {
    callers.join_next().await.map(drop)
}

/// Answers a caller, or gives it back when the time has come, with nothing read.
async fn meet(
    caller: Caller,
    state: impl Fn() -> String + Send + Sync,
    done: CancellationToken,
) -> Option<Caller> {
    let (mut stream, peer) = caller;
    let answer = tokio::select! {
        () = done.cancelled() => None,
        answer = answer(&stream, &state) => answer,
    };
    let Some(answer) = answer else {
        done.cancelled().await;
        return Some((stream, peer));
    };
    let said = async {
        let mut head = [0; 1_024];
        let _ = stream.read(&mut head).await;
        if stream.write_all(answer.as_bytes()).await.is_ok() {
            linger(&mut stream).await;
        }
    };
    let _ = timeout(PATIENCE, said).await;
    None
}

/// What to answer at once; nothing if the request is for something else.
async fn answer(stream: &TcpStream, state: &(impl Fn() -> String + Sync)) -> Option<String> {
    let mut head = [0; 16];
    loop {
        let length = stream.peek(&mut head).await.ok().filter(|length| *length > 0)?;
        let head = &head[..length];
        for (request, status, body) in [
            ("GET /readyz ", "503 Service Unavailable", state()),
            ("GET /healthz ", "200 OK", "ok".to_owned()),
        ] {
            if head.starts_with(request.as_bytes()) {
                return Some(format!(
                    "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\
                     Server: {SERVER}\r\nX-Content-Type-Options: nosniff\r\nContent-Length: {}\r\n\r\n{body}\n",
                    body.len() + 1
                ));
            }
        }
        let maybe =
            ["GET /readyz ", "GET /healthz "].iter().any(|request| request.as_bytes().starts_with(head));
        if !maybe {
            return None;
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// When it is looked again at a request of which only a part has come.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn who_asks_is_told_and_who_wants_more_is_let_in_afterwards() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, opened) = tokio::sync::oneshot::channel();
        let standing = tokio::spawn(async move { ajar(&listener, || "starting".to_owned(), opened).await });

        let mut early = TcpStream::connect(address).await.unwrap();
        early.write_all(b"GET /r").await.unwrap();
        let _silent = TcpStream::connect(address).await.unwrap();
        let ready = ask(address, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("\r\n\r\nstarting\n"), "{ready}");
        let health = ask(address, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(health.starts_with("HTTP/1.1 200 ") && health.ends_with("\r\n\r\nok\n"), "{health}");
        early.write_all(b"/x HTTP/1.1\r\n").await.unwrap();

        open.send(7).unwrap();
        let (came, waiting) = standing.await.unwrap();
        assert_eq!((came, waiting.len()), (Ok(7), 2));
        let from = early.local_addr().unwrap();
        let (mut stream, _) = waiting.into_iter().find(|(_, peer)| *peer == from).unwrap();
        let mut head = [0; 19];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"GET /r/x HTTP/1.1\r\n", "nothing of it was taken");
    }
}
