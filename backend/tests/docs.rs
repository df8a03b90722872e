//! What `docs/` says is so: the options are those of the program, and each sentence of its log is explained.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn the_options_are_those_of_the_program() {
    let help =
        Command::new(env!("CARGO_BIN_EXE_duiliao")).arg("--help").env_clear().output().expect("it runs");
    let help = String::from_utf8(help.stdout).expect("it is text");
    let help: String = help.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let text = read(&docs("configure.md"));
    let (before, rest) = text.split_once("```text\n").expect("it has a block");
    let (block, after) = rest.split_once("```").expect("the block ends");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{before}```text\n{help}```{after}");
        fs::write(docs("configure.md"), new).expect("it can be written");
        return;
    }
    assert_eq!(block, help, "UPDATE_DOCS=1 cargo test -p backend --test docs");
}

/// All files of the program.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The sentences of `warn!` and `error!`: the last thing between quotes in each.
fn sentences(source: &str) -> impl Iterator<Item = String> {
    let calls = ["tracing::warn!(", "tracing::error!("];
    calls.into_iter().flat_map(move |call| source.split(call).skip(1)).map(|rest| {
        let end = rest.find("\")").unwrap_or_else(|| panic!("no sentence: {rest:.60}"));
        let start = rest[..end].rfind('"').unwrap_or_else(|| panic!("no sentence: {rest:.60}"));
        rest[start + 1..end].to_owned()
    })
}

#[test]
fn each_sentence_of_the_log_is_explained() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let said: BTreeSet<_> =
        files.iter().flat_map(|file| sentences(&read(file)).collect::<Vec<_>>()).collect();
    let trouble = read(&docs("trouble.md"));
    let explained: BTreeSet<_> =
        trouble.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect();
    assert!(said.len() > 15, "{said:?}");
    assert_eq!(said.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new(), "not explained");
    assert_eq!(explained.difference(&said).collect::<Vec<_>>(), Vec::<&String>::new(), "nobody says it");
}

/// What a README tells people to type.
fn commands(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| line.split(" #").next().unwrap_or_default().trim()).collect()
}

#[test]
fn both_readmes_say_the_same_commands_and_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let [english, chinese] = ["README.md", "README.zh-CN.md"].map(|name| read(&root.join(name)));
    assert_eq!(commands(&english), commands(&chinese));
    let figures = |text: &str| text.lines().filter(|line| line.starts_with('|')).count();
    assert_eq!(figures(&english), figures(&chinese), "rows of figures");
    let mut pages: Vec<_> = ["README.md", "README.zh-CN.md"].map(|name| root.join(name)).into();
    pages.extend(
        ["install", "configure", "back-up", "move", "upgrade", "trouble", "cluster", "scale", "protocol"]
            .map(|name| docs(&format!("{name}.md"))),
    );
    for page in pages {
        for target in
            read(&page).split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned))
        {
            let there = page.with_file_name("").join(&target);
            assert!(target.starts_with("http") || there.exists(), "{}: {target}", page.display());
        }
    }
}
