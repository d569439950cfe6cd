//! `govm cache`: the machine code that is kept beside the state.

use std::io;
use std::path::Path;

use govm_runtime::{CacheStats, cache_stats, clear_cache};
use serde_json::json;

use super::inspect::PAGE;
use crate::args::Cache;
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::places;

pub(crate) fn run(command: Cache, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    match command {
        Cache::Stats => show("kept", cache_stats, data_dir, output),
        Cache::Clear => show("deleted", clear_cache, data_dir, output),
        Cache::Warm => warm(data_dir, output),
    }
}

/// Does something with the folder and shows what it held.
fn show(
    done: &str,
    work: impl Fn(&Path) -> io::Result<CacheStats>,
    data_dir: &Path,
    output: &Output,
) -> Result<(), Failure> {
    let folder = places::code_dir(data_dir);
    let stats = work(&folder).map_err(|error| Failure::host(format!("{}: {error}", folder.display())))?;
    let CacheStats { entries, bytes, .. } = stats;
    let text = format!("{GOOD}{entries}{GOOD:#} modules {done}  {DIM}{} bytes{DIM:#}", grouped(bytes));
    output.result(&json!({ "entries": entries, "bytes": bytes, "folder": folder }), text);
    Ok(())
}

fn warm(data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let engine = places::read(data_dir)?;
    let (mut count, mut after) = (0_u64, None);
    loop {
        let page = engine.contracts(after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.address);
        for info in &page {
            output.during(format!("preparing {}", info.address), || engine.prepare(&info.address))?;
            count += 1;
        }
    }
    output.result(&json!({ "contracts": count }), format!("{GOOD}{count}{GOOD:#} contracts are ready"));
    Ok(())
}
