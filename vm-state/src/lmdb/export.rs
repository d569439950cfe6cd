//! Writing a state as one stream; see [`stream`](super::stream).

use std::io::{BufWriter, Write};

use govm_core::Table;
use zstd::stream::write::Encoder;

use super::layout::encode;
use super::stream::{LEVEL, MAGIC, MAX_HEADER_BYTES, Sealing, VERSION, WINDOW_LOG};
use super::view::LmdbView;
use crate::entry::{BOUND, MAX_KEY_BYTES, max_value_bytes};
use crate::report::Meter;
use crate::{ExportError, Exported, Progress};

type Out<W> = Encoder<'static, Sealing<BufWriter<W>>>;

/// Writes the state of a view.
pub(super) fn export<W: Write>(
    view: &LmdbView,
    out: W,
    progress: &mut dyn FnMut(Progress),
) -> Result<Exported, ExportError> {
    let head = view.head()?.ok_or(ExportError::Empty)?;
    let header = encode(&head);
    if header.len() > MAX_HEADER_BYTES {
        return Err(ExportError::TooLong { what: format!("the header of block {}", head.height) });
    }
    let mut counts = [0; BOUND.len()];
    for (count, table) in counts.iter_mut().zip(BOUND) {
        *count = view.entries(table)?;
    }
    let entries = counts.iter().sum();

    let mut out = Sealing::new(BufWriter::new(out));
    out.write_all(MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    let mut out = Encoder::new(out, LEVEL)?;
    out.window_log(WINDOW_LOG)?;
    out.write_all(&length(header.len()).to_le_bytes())?;
    out.write_all(&header)?;
    for count in counts {
        out.write_all(&count.to_le_bytes())?;
    }
    let mut meter = Meter::new("exporting", entries, progress);
    for table in BOUND {
        write_table(view, table, &mut out, &mut meter)?;
    }
    out.write_all(&meter.done().to_le_bytes())?;
    let bytes = out.finish()?.finish()?;
    Ok(Exported { height: head.height, state_root: head.state_root, entries, bytes })
}

fn write_table<W: Write>(
    view: &LmdbView,
    table: Table,
    out: &mut Out<W>,
    meter: &mut Meter<'_>,
) -> Result<(), ExportError> {
    // The entries come out of one transaction: reading and writing take turns, and one entry is in memory.
    let mut bytes = Vec::new();
    view.each_entry(table, |key, value| {
        if key.len() > MAX_KEY_BYTES || value.len() > max_value_bytes(table) {
            return Err(ExportError::TooLong { what: format!("the entry 0x{} of {}", hex::encode(key), table.name()) });
        }
        bytes.clear();
        bytes.extend_from_slice(&(length(key.len()) as u16).to_le_bytes());
        bytes.extend_from_slice(&length(value.len()).to_le_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
        out.write_all(&bytes)?;
        meter.count();
        Ok(())
    })
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("what is longer was refused")
}
