//! What may stand in the server's log: nothing that anybody said, no token, and of a room only a mark.

use std::fmt;

use shared::RoomId;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Says which room it is to whoever knows its id, and to nobody else.
#[derive(Debug, Clone, Copy)]
pub struct Mark(RoomId);

impl Mark {
    /// Of this room.
    pub const fn of(room: RoomId) -> Self {
        Self(room)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = blake3::hash(self.0.to_string().as_bytes()).to_hex();
        f.write_str(&hash[..8])
    }
}

/// The filter of `--log`. Below us are crates that write each frame and each header down where they trace: they do not.
///
/// # Errors
/// If it is no filter.
pub fn filter(wished: &str) -> Result<EnvFilter, ParseError> {
    let quiet = ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "warp"];
    let quiet = quiet.iter().map(|name| format!(",{name}=warn")).collect::<String>();
    EnvFilter::try_new(format!("{wished}{quiet}"))
}
