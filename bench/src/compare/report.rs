//! The results as people read them.

use std::fmt::Write;

use super::comeback::Comeback;
use super::peer::Peer;
use super::verdict::{ASKED, Goal};
use super::{Results, Row};

/// The head of the table whose lines are [`line()`].
pub(crate) const HEAD: &str = "\
| work | server | messages/s | deliveries/s | p50 ms | p99 ms | max ms | server CPU s | deliveries per CPU s | memory MB | worst to best round |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

/// One load on one server.
pub(crate) fn line(Row { work, server, figures, range: [worst, best] }: &Row) -> String {
    let milliseconds = |us: u64| format!("{:.2}", us as f64 / 1_000.0);
    let cells = [
        work.clone(),
        server.name().to_owned(),
        grouped(figures.messages_per_s),
        grouped(figures.deliveries_per_s),
        milliseconds(figures.p50_us),
        milliseconds(figures.p99_us),
        milliseconds(figures.max_us),
        format!("{:.2} of {:.1}", figures.cpu_s, figures.seconds),
        grouped(figures.deliveries_per_cpu_s),
        format!("{:.0}", figures.resident as f64 / 1e6),
        if worst < best { format!("{} to {}", grouped(*worst), grouped(*best)) } else { String::new() },
    ];
    format!("| {} |", cells.join(" | "))
}

/// How a crowd came back.
pub(crate) fn comeback(Comeback { work, seconds, cpu_s, memory_each, .. }: &Comeback) -> String {
    let kilobytes = memory_each / 1_024.0;
    format!("{work}: {seconds:.2} s, server CPU {cpu_s:.2} s; then {kilobytes:.2} KB a connection")
}

/// What is asked, and what was reached.
pub(crate) fn verdicts(results: &Results) -> String {
    let mut table =
        String::from("| work | must | reached | | aim | reached | |\n|---|---|---|---|---|---|---|\n");
    for asked in ASKED {
        let cells = |goal: Goal| match goal.reached(results) {
            Some(figure) => {
                let verdict = if goal.is_met_by(figure) { "yes" } else { "**no**" };
                format!("{goal} | {} | {verdict}", goal.show(figure))
            }
            None => format!("{goal} | not measured | "),
        };
        let _ = writeln!(table, "| {} | {} | {} |", asked.work, cells(asked.must), cells(asked.aim));
    }
    table
}

/// What the profile says (`perf record` on the loads of pairs), and what would be next.
const HELD_BACK: &str = "\
What holds it back, by the profile: a message of a pair costs the server's core 1.7 to 2.2 µs with many in flight, 9.5 to 14 µs with one. With 64 \
in flight in one pair a commit has up to 128 messages; the ledger is nearly half, and half of what it does it would do for one: two syncs' worth \
of switching to other threads and back, four or five pages of which two are SQLite's own books. The index (reading the records, filters) is a \
quarter, sessions and network together another. With one in flight two thirds are the system's: of a connection on which something is read and a \
commit later something is written the nearest cache knows nothing any more, so one write is 4 µs where a relay that writes at once takes 2.5. A \
session that is woken for one message is 1, the ledger 1.6, the index 0.8. With four times the rooms sockets and rooms fit into no cache, as it \
is for the relays (uWebSockets keeps 0.64 to 0.96 of what it delivers), and a commit has 150 messages in place of 250; since only 128 connections \
are read at a time, what is written to was read a moment ago all the same. What other machines on the same processor leave of its cache decides \
between the two rows: 500 pairs with one in flight came to 140,000 to 250,000 deliveries a CPU second within hours, 2,000 to 142,000 to 166,000. \
Where the cache is all ours 500 are far above their bound, and 2,000 beside them just below theirs (0.78 at b7df765). So next would be: fewer \
places in memory for a message; a commit that waits a little where thousands wait. An index that takes a megabyte at a time by rooms was no \
quicker. Of an idle connection's memory most is the session's future, its timer and its room.
";

/// Everything.
pub(crate) fn page(results: &Results) -> String {
    let machine = &results.machine;
    let packages: Vec<_> =
        machine.packages.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut page = format!(
        "# What was measured\n\n\
         `make bench` writes this page; `RESULTS.json` has the same for programs.\n\n\
         Commit {}, on {} ({} cores, Linux {}), Node {}, {}. The server has one core, the load the other; TCP_NODELAY on the \
         load's side, and where a server sets it, on its own. Each load lasts {} s after a second of warming up, the durable \
         one {} s, each on a server just started. All loads were put on all servers in turn, {} rounds of it (the durable one, the mixed \
         day and those who come back: once); a line has the median of each figure, of the longest times the longest, and at its end the \
         deliveries per CPU second of the worst round and of the best. Ratios are those of the medians. Other programs had {:.2} of a core meanwhile.\n\n\
         A message is 32 bytes. A delivery is a message that arrives at one member of its room, its sender among them: every \
         server sends to all in the room. Ours stores each message and syncs it to disk before; the others store nothing. The \
         floor writes to everybody and does nothing else. A time is from writing a message until another member has read it. \
         Memory is what is resident. Our index waits while there is more urgent work, until it is 100,000 messages behind: the \
         durable row bears it, the shorter ones in part. A run in which one delivery is missing, or is one too many, has no results.\n\n\
         ## What is asked\n\n{}\n\
         Asked as well, and measured elsewhere: search by `make bench-search`, the page by `make bench-page`, ten minutes \
         at a rate that is sustained by `bench sustain`.\n\n{HELD_BACK}\n\
         ## Figures\n\n{HEAD}\n",
        machine.commit,
        machine.processor,
        machine.cores,
        machine.kernel,
        machine.node,
        packages.join(", "),
        results.seconds,
        results.durable_seconds,
        results.rounds,
        results.others,
        verdicts(results),
    );
    for row in &results.rows {
        let _ = writeln!(page, "{}", line(row));
    }
    page.push_str(
        "\nAfter `kill -9`, from starting the server again until the last connection has its `welcome`:\n\n",
    );
    for back in &results.comebacks {
        let _ = writeln!(page, "- {}", comeback(back));
    }
    page.push_str("\n## Ours, as a multiple of theirs\n\n");
    page.push_str(&ratios(results));
    page
}

/// Deliveries for a second of the server's core: ours, divided by each of the others'.
fn ratios(results: &Results) -> String {
    let others = &Peer::SERVERS[1..];
    let names: Vec<_> = others.iter().map(|peer| peer.name()).collect();
    let mut table = format!("| deliveries per CPU s | {} |\n|---|", names.join(" | "));
    table.push_str(&"---:|".repeat(others.len()));
    table.push('\n');
    for row in results.rows.iter().filter(|row| row.server == Peer::Duiliao) {
        let times = |peer: &Peer| {
            let other = results.of(&row.work, *peer)?;
            Some(format!("{:.2}", row.figures.deliveries_per_cpu_s / other.deliveries_per_cpu_s))
        };
        let times: Option<Vec<_>> = others.iter().map(times).collect();
        if let Some(times) = times {
            let _ = writeln!(table, "| {} | {} |", row.work, times.join(" | "));
        }
    }
    table
}

/// A whole number with a comma between thousands.
pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown = [0.4, 999.0, 1_000.0, 123_456.0, 1_234_567.0].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "123,456", "1,234,567"]);
    }
}
