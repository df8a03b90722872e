//! Follows one stream: every message once, in order, from where the log has followed it to.
//!
//! NATS servers come and go under it. Each time it begins again it makes sure that the stream is still the one it was.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use futures_util::StreamExt;
use shared::Millis;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::config::FOLLOW_AT_ONCE;
use crate::room::proposal::wire::{Sent, Unreadable};
use crate::store::log::cluster::Followed;

use super::streams::{Cluster, digest, name};
use super::{ClusterError, Ordered, Step};

/// How often the server says that it is there when it has nothing else to say.
const HEARTBEAT: Duration = Duration::from_millis(1_000);

/// How long it waits before it begins again.
const AGAIN: Duration = Duration::from_millis(100);

/// After how long a consumer that nobody asks for anything goes by itself.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// Why reading ended.
enum End {
    /// To be begun again.
    Again(String),
    /// Nobody takes what is read.
    Unheard,
    /// For good.
    Broken(ClusterError),
}

/// Hands everything behind `at` to `out`, until that is closed, or it cannot go on and says why.
pub(super) async fn follow(
    cluster: Arc<Cluster>,
    partition: u32,
    mut at: Followed,
    out: mpsc::Sender<Result<Ordered, ClusterError>>,
) {
    loop {
        match read(&cluster, partition, &mut at, &out).await {
            End::Again(why) => {
                tracing::debug!(why, stream = name(partition), "following begins again");
                sleep(AGAIN).await;
            }
            End::Unheard => return,
            End::Broken(error) => {
                let _ = out.send(Err(error)).await;
                return;
            }
        }
    }
}

async fn read(
    cluster: &Cluster,
    partition: u32,
    at: &mut Followed,
    out: &mpsc::Sender<Result<Ordered, ClusterError>>,
) -> End {
    if let Err(error) = cluster.verify(partition, at).await {
        return End::Broken(error);
    }
    let again = |error: &dyn std::fmt::Display| End::Again(error.to_string());
    let config = Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: at.seq + 1 },
        ack_policy: AckPolicy::None,
        // Of one server, and in its memory: where it is lost, another is made.
        memory_storage: true,
        num_replicas: 1,
        inactive_threshold: FORGOTTEN_AFTER,
        ..Config::default()
    };
    let stream = match cluster.stream(partition).await {
        Ok(stream) => stream,
        Err(error) => return again(&error),
    };
    let consumer: Consumer<Config> = match stream.create_consumer(config).await {
        Ok(consumer) => consumer,
        Err(error) => return again(&error),
    };
    let asked = consumer.stream().max_messages_per_batch(FOLLOW_AT_ONCE).heartbeat(HEARTBEAT).messages();
    let mut messages = match asked.await {
        Ok(messages) => messages,
        Err(error) => return again(&error),
    };
    loop {
        let message = match messages.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return again(&error),
            None => return again(&"the consumer has ended"),
        };
        let (seq, nanos) = match message.info() {
            Ok(info) => (info.stream_sequence, info.published.unix_timestamp_nanos()),
            Err(error) => return again(&error),
        };
        if seq != at.seq + 1 {
            return again(&format_args!("{seq} came after {}", at.seq));
        }
        *at = Followed { seq, digest: digest(nanos, &message.payload) };
        let step = match step(&message.payload, nanos) {
            Ok(step) => Some(step),
            Err(Unreadable::Rules(rules)) => return End::Broken(ClusterError::Rules(name(partition), rules)),
            // Every node reads it so.
            Err(Unreadable::Nonsense) => {
                tracing::error!(stream = name(partition), seq, "a message makes no sense, and is left out");
                None
            }
        };
        if out.send(Ok(Ordered { partition, to: *at, step })).await.is_err() {
            return End::Unheard;
        }
    }
}

fn step(payload: &[u8], nanos: i128) -> Result<Step, Unreadable> {
    let sent = Sent::decode(payload)?;
    let at = Millis(u64::try_from(nanos / 1_000_000).unwrap_or_default());
    let (from, room, epoch) = (sent.from, sent.room, sent.epoch.clone());
    Ok(Step { from, room, epoch, proposal: sent.proposal(at) })
}
