//! The cluster's streams: found, or made by the first node; and whether a log fits them. Nothing is followed here.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config as StreamConfig, DiscardPolicy, Info, StorageType, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectErrorKind, ConnectOptions};
use shared::RoomId;
use tokio::time::{Instant, sleep};

use crate::config::{Nats, NatsLogin, STREAM_KEEPS};
use crate::edge::Edge;
use crate::room::tail::Entry;
use crate::store::LogError;
use crate::store::log::Log;
use crate::store::log::cluster::{Followed, Membership};

use super::ClusterError;
use super::front::IN_FLIGHT;

/// The cluster that a node is in, and the way to it.
#[derive(Debug)]
pub struct Cluster {
    client: Client,
    context: Context,
    membership: Membership,
}

/// What the streams say of themselves, in their metadata.
const ID: &str = "duiliao-cluster";
const PARTITIONS: &str = "duiliao-partitions";
/// The streams do not have the beginning: it was in a log already.
const BEGUN: &str = "duiliao-begun";

/// How long a start waits for NATS: it may be started at the same time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a stream that has just come back may not know all that it has.
const RECALLS_WITHIN: Duration = Duration::from_secs(20);

/// How long it waits before it asks again.
const AGAIN: Duration = Duration::from_millis(250);

impl Cluster {
    /// Connects, finds the streams or makes them, and makes an empty log a copy in the cluster.
    ///
    /// # Errors
    /// If there is no cluster to be in, or `log` has no place in it.
    pub async fn join(wanted: &Nats, log: &mut Log, edge: &Edge) -> Result<Self, ClusterError> {
        let own = log.membership()?;
        if own.is_none() && log.last() > 0 {
            return Err(ClusterError::NotAMember);
        }
        let (client, context) = connect(wanted).await?;
        let (membership, begun) = find(&context, wanted, own.as_ref(), hex(&edge.random()), false).await?;
        let cluster = Self { client, context, membership };
        if own.is_none() {
            if begun {
                return Err(ClusterError::Gap(name(0)));
            }
            for partition in 0..cluster.partitions() {
                cluster.verify(partition, &Followed::default()).await?;
            }
            log.enter_cluster(&cluster.membership)?;
        }
        Ok(cluster)
    }

    /// Makes new streams that go on from `log`, one machine's until now, and makes it a copy in that cluster. Where this was
    /// broken off, it goes on when it is done again.
    ///
    /// # Errors
    /// If there is a cluster already, or `log` is in one.
    pub async fn begin(wanted: &Nats, log: &mut Log) -> Result<(), ClusterError> {
        if log.is_clustered() {
            return Err(ClusterError::Alone);
        }
        let (_, context) = connect(wanted).await?;
        let (membership, _) = find(&context, wanted, None, begins(log)?, true).await?;
        Ok(log.enter_cluster(&membership)?)
    }

    /// The way to NATS.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// How many streams there are.
    pub(super) const fn partitions(&self) -> u32 {
        self.membership.partitions
    }

    /// Which stream has this room's proposals, and under which subject.
    pub(super) fn place(&self, room: RoomId) -> (u32, String) {
        let hash = blake3::hash(room.to_string().as_bytes());
        let (first, _) = hash.as_bytes().split_first_chunk::<8>().expect("a hash has 32 bytes");
        let hash = u64::from_be_bytes(*first);
        let partition = u32::try_from(hash % u64::from(self.partitions())).expect("it is less than a u32");
        (partition, format!("duiliao.rooms.{partition}.{hash:016x}"))
    }

    /// A stream, without a look at it.
    pub(super) async fn stream(&self, partition: u32) -> Result<Stream<()>, async_nats::Error> {
        Ok(self.context.get_stream_no_info(name(partition)).await?)
    }

    /// The last message of a stream, as of some moment after this was called.
    pub(super) async fn tail(&self, partition: u32) -> Result<u64, async_nats::Error> {
        Ok(self.stream(partition).await?.get_info().await?.state.last_sequence)
    }

    /// Whether a log that was followed up to here can go on with this stream; the stream's last message.
    ///
    /// # Errors
    /// If it cannot: between the two something is missing, or they are not of one history.
    pub(super) async fn verify(&self, partition: u32, followed: &Followed) -> Result<u64, ClusterError> {
        let began = Instant::now();
        loop {
            match self.look(partition, followed).await {
                Ok(Fit::Fits(last)) => return Ok(last),
                Ok(Fit::Gap) => return Err(ClusterError::Gap(name(partition))),
                // A leader that has just been chosen may still be reading what it has.
                Ok(Fit::Lost) if began.elapsed() > RECALLS_WITHIN => {
                    return Err(ClusterError::Lost(name(partition)));
                }
                Ok(Fit::Lost) => {}
                Err(error) => {
                    tracing::debug!(error, stream = name(partition), "a stream does not answer");
                }
            }
            sleep(AGAIN).await;
        }
    }

    async fn look(&self, partition: u32, followed: &Followed) -> Result<Fit, async_nats::Error> {
        let stream = self.stream(partition).await?;
        let state = stream.get_info().await?.state;
        if followed.seq > state.last_sequence {
            return Ok(Fit::Lost);
        }
        if followed.seq + 1 < state.first_sequence {
            return Ok(Fit::Gap);
        }
        if followed.seq >= state.first_sequence && followed.seq > 0 {
            let message = stream.get_raw_message(followed.seq).await?;
            let at = message.time.unix_timestamp_nanos();
            if digest(at, &message.payload) != followed.digest {
                return Ok(Fit::Lost);
            }
        }
        Ok(Fit::Fits(state.last_sequence))
    }
}

enum Fit {
    Fits(u64),
    Gap,
    Lost,
}

/// The id of the cluster that a log begins: that of no other log, nor of this one once something was added.
fn begins(log: &mut Log) -> Result<String, LogError> {
    let last = log.event(log.last())?.as_ref().map(Entry::new);
    let json = last.as_ref().map_or("", Entry::json);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&log.id()?).update(&log.last().to_be_bytes()).update(json.as_bytes());
    let mut id = [0; 16];
    hasher.finalize_xof().fill(&mut id);
    Ok(hex(&id))
}

fn hex(id: &[u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What tells a message from any other that might come to stand at its number.
pub(super) fn digest(at_nanos: i128, payload: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&at_nanos.to_be_bytes()).update(payload);
    let mut digest = [0; 16];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

/// A stream's name.
pub(super) fn name(partition: u32) -> String {
    format!("duiliao-{partition}")
}

async fn connect(wanted: &Nats) -> Result<(Client, Context), ClusterError> {
    let began = Instant::now();
    loop {
        let options = ConnectOptions::new();
        let options = match wanted.servers.login.clone() {
            Some(NatsLogin::Password(user, password)) => options.user_and_password(user, password),
            Some(NatsLogin::Token(token)) => options.token(token),
            None => options,
        };
        let options = options
            .name("duiliao")
            .client_capacity(4 * IN_FLIGHT)
            .connection_timeout(Duration::from_secs(3))
            // Twice without an answer is the end of a connection.
            .ping_interval(Duration::from_secs(2))
            .reconnect_delay_callback(|tries| {
                Duration::from_millis(u64::try_from(tries).map_or(1_000, |tries| (tries * 50).min(1_000)))
            });
        match options.connect(&wanted.servers.addresses).await {
            Ok(client) => {
                let mut context = jetstream::new(client.clone());
                context.set_timeout(Duration::from_secs(5));
                return Ok((client, context));
            }
            // No waiting makes a login right.
            Err(error) if is_about_login(error.kind()) => {
                return Err(ClusterError::Login(wanted.servers.to_string()));
            }
            Err(error) if began.elapsed() > PATIENCE => {
                tracing::error!(%error, "NATS cannot be reached");
                return Err(ClusterError::Unreachable(wanted.servers.to_string()));
            }
            Err(error) => tracing::info!(%error, "waiting for NATS"),
        }
        sleep(Duration::from_secs(1)).await;
    }
}

const fn is_about_login(kind: ConnectErrorKind) -> bool {
    matches!(kind, ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication)
}

/// The cluster that these streams are, and whether it began with somebody's log; made if there is none.
async fn find(
    context: &Context,
    wanted: &Nats,
    own: Option<&Membership>,
    id: String,
    begun: bool,
) -> Result<(Membership, bool), ClusterError> {
    let began = Instant::now();
    let fresh = Membership { id: id.clone(), partitions: wanted.partitions };
    let mut partition = 0;
    let mut found: Option<(Membership, bool)> = None;
    loop {
        let of = found.as_ref().map_or((&fresh, begun), |(membership, begun)| (membership, *begun));
        match stream(context, partition, of, wanted, own.is_none()).await {
            Ok(info) => {
                let said = read(&info, partition)?;
                // Where a node has begun to follow there is something to follow.
                if begun && (said.0.id != id || info.state.last_sequence > 0) {
                    return Err(ClusterError::Taken);
                }
                if own.is_some_and(|own| *own != said.0) || found.as_ref().is_some_and(|found| *found != said)
                {
                    return Err(ClusterError::OtherCluster);
                }
                partition += 1;
                if partition == said.0.partitions {
                    return Ok(said);
                }
                found = Some(said);
            }
            Err(Missing::Gone) => return Err(ClusterError::Gone),
            Err(Missing::Not(error)) if began.elapsed() > PATIENCE => {
                tracing::error!(error, "JetStream does not answer");
                return Err(ClusterError::Unreachable(wanted.servers.to_string()));
            }
            Err(Missing::Not(error)) => {
                tracing::info!(error, "waiting for JetStream");
                sleep(AGAIN).await;
            }
        }
    }
}

/// Why there is no stream.
enum Missing {
    /// It should be there.
    Gone,
    /// Perhaps it is there soon.
    Not(String),
}

async fn stream(
    context: &Context,
    partition: u32,
    (membership, begun): (&Membership, bool),
    wanted: &Nats,
    make: bool,
) -> Result<Info, Missing> {
    match context.get_stream(name(partition)).await {
        Ok(stream) => Ok(stream.cached_info().clone()),
        Err(error) if is_missing(&error) && !make => Err(Missing::Gone),
        Err(error) if is_missing(&error) => {
            let mut metadata = HashMap::from([
                (ID.to_owned(), membership.id.clone()),
                (PARTITIONS.to_owned(), membership.partitions.to_string()),
            ]);
            if begun {
                metadata.insert(BEGUN.to_owned(), "yes".to_owned());
            }
            let config = StreamConfig {
                name: name(partition),
                subjects: vec![format!("duiliao.rooms.{partition}.*")],
                storage: StorageType::File,
                num_replicas: wanted.replicas,
                max_age: STREAM_KEEPS,
                discard: DiscardPolicy::Old,
                deny_delete: true,
                deny_purge: true,
                metadata,
                ..StreamConfig::default()
            };
            // Where another node was quicker, it is found at the next look.
            let made =
                context.create_stream(config).await.map_err(|error| Missing::Not(error.to_string()))?;
            Ok(made.cached_info().clone())
        }
        Err(error) => Err(Missing::Not(error.to_string())),
    }
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn read(info: &Info, partition: u32) -> Result<(Membership, bool), ClusterError> {
    let metadata = &info.config.metadata;
    let partitions =
        metadata.get(PARTITIONS).and_then(|text| text.parse().ok()).filter(|count| partition < *count);
    match (metadata.get(ID), partitions) {
        (Some(id), Some(partitions)) => {
            Ok((Membership { id: id.clone(), partitions }, metadata.contains_key(BEGUN)))
        }
        _ => Err(ClusterError::Foreign(name(partition))),
    }
}
