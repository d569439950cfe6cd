//! What the commands that look at blocks, prove and handle whole states take.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use govm_core::{Address, EventPosition, Hash, ObjectId, ParseIdError};

use super::At;

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The object's id
    #[arg(required_unless_present = "account")]
    pub(crate) object: Option<ObjectId>,

    /// The name of one of its fields [default: the object's contract and owner are proven]
    pub(crate) field: Option<String>,

    /// Prove an account instead
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["object", "field"])]
    pub(crate) account: Option<Address>,

    /// Where to write the proof [default: standard output]
    #[arg(short, long, value_name = "FILE.json")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) at: At,
}

/// How a block is named.
#[derive(Debug, Clone)]
pub(crate) enum BlockName {
    Height(u64),
    Hash(Hash),
}

impl FromStr for BlockName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("0x") {
            return text.parse().map(Self::Hash).map_err(|error: ParseIdError| error.to_string());
        }
        text.parse().map(Self::Height).map_err(|_| "a block is named by its height or its hash".to_owned())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The contract's address
    pub(crate) contract: Address,

    /// Only events of this name
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Go on behind this place: the last one that was listed
    #[arg(long, value_name = "HEIGHT:CALL:EVENT", value_parser = place)]
    pub(crate) after: Option<EventPosition>,

    /// How many
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
}

/// Reads the place of an event, as it is listed.
fn place(text: &str) -> Result<EventPosition, String> {
    let read = || {
        let mut parts = text.split(':');
        let height = parts.next()?.parse().ok()?;
        let call = parts.next()?.parse().ok()?;
        let event = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(EventPosition { height, call, event })
    };
    read().ok_or_else(|| "the place of an event is written HEIGHT:CALL:EVENT, as `govm events` lists it".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum State {
    /// Write the newest state to a file: the same state gives the same bytes
    Export {
        /// Where to write
        file: PathBuf,
    },
    /// Make a new state of an exported one, in a data directory that has none
    Import {
        /// The exported state
        file: PathBuf,
    },
    /// Read everything, and tell what does not fit together
    Check,
    /// Give the room of what was deleted and replaced back to the disk
    Compact,
    /// Show how much there is of what
    Stats,
}
