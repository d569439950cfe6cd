//! `govm state`: the whole store.

use std::fs::File;
use std::io;
use std::path::Path;

use govm_state::{LmdbStore, StoreStats};
use serde_json::json;

use crate::args::{Data, State};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, Progress, grouped};
use crate::places;

pub(crate) fn run(command: &State, data: &Data, output: &Output) -> Result<(), Failure> {
    match command {
        State::Export { file } => export(file, data, output),
        State::Import { file } => import(file, data, output),
        State::Check => check(data, output),
        State::Compact => compact(data, output),
        State::Stats => stats(data, output),
    }
}

/// Writes beside the file and takes its name last: a file of that name is whole.
fn export(file: &Path, data: &Data, output: &Output) -> Result<(), Failure> {
    let store = places::read_store(&data.dir)?;
    let unwritable = |error: io::Error| Failure::host(format!("cannot write {}: {error}", file.display()));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let out = tempfile::Builder::new().prefix(".govm-export-").tempfile_in(folder);
    // Its own text names the file beside, which nobody asked for.
    let out = out.map_err(|error| unwritable(error.kind().into()))?;
    let exported = output.counting("entries", |progress| store.export(out.as_file(), &mut told(progress)))?;
    out.as_file().sync_all().map_err(unwritable)?;
    out.persist(file).map_err(|error| unwritable(error.error))?;
    let json = json!({
        "path": file, "height": exported.height, "state_root": exported.state_root, "entries": exported.entries,
        "size_bytes": exported.bytes,
    });
    output.result(
        &json,
        format!(
            "{GOOD}exported{GOOD:#} {}  {DIM}{} entries, {} bytes{DIM:#}\n  block       {}\n  state root  {}",
            file.display(),
            grouped(exported.entries),
            grouped(exported.bytes),
            exported.height,
            exported.state_root,
        ),
    );
    Ok(())
}

fn import(file: &Path, data: &Data, output: &Output) -> Result<(), Failure> {
    let export =
        File::open(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
    let new = !data.dir.exists();
    let (path, options) = (places::state_dir(&data.dir), places::write_options(data));
    let imported =
        output.counting("entries", |progress| LmdbStore::import(path, &options, export, &mut told(progress)));
    if imported.is_err() && new {
        // It is empty, or was not made at all.
        let _ = std::fs::remove_dir(&data.dir);
    }
    let stats = imported?.stats()?;
    let json = json!({ "height": stats.height, "state_root": stats.state_root });
    output.result(
        &json,
        format!(
            "{GOOD}imported{GOOD:#} {}\n  block       {}\n  state root  {}",
            file.display(),
            stats.height,
            stats.state_root,
        ),
    );
    Ok(())
}

fn check(data: &Data, output: &Output) -> Result<(), Failure> {
    let store = places::read_store(&data.dir)?;
    let report = output.counting("entries", |progress| store.check(&mut told(progress)))?;
    let json = json!({
        "clean": report.is_clean(), "height": report.height, "entries": report.entries, "found": report.found,
        "differences": report.differences,
    });
    if report.is_clean() {
        let (entries, height) = (grouped(report.entries), report.height);
        output.result(&json, format!("{GOOD}clean{GOOD:#}  {DIM}block {height}, {entries} entries{DIM:#}"));
        return Ok(());
    }
    output.result(&json, report.differences.join("\n"));
    let untold = report.found.saturating_sub(report.differences.len() as u64);
    let more = if untold > 0 { format!(", {} of which are not shown", grouped(untold)) } else { String::new() };
    Err(Failure::damaged(format!("the state is damaged: {} differences{more}", grouped(report.found))))
}

fn compact(data: &Data, output: &Output) -> Result<(), Failure> {
    // Reading says it best if there is nothing to compact.
    drop(places::read_store(&data.dir)?);
    let (path, options) = (places::state_dir(&data.dir), places::write_options(data));
    let compacted = output.during("compacting", || LmdbStore::compact(path, &options))?;
    let (before, after) = (compacted.before_bytes, compacted.after_bytes);
    let json = json!({ "before_bytes": before, "after_bytes": after });
    let text = format!("{GOOD}compacted{GOOD:#}  {} bytes, before {}", grouped(after), grouped(before));
    output.result(&json, text);
    Ok(())
}

fn stats(data: &Data, output: &Output) -> Result<(), Failure> {
    let store = places::read_store(&data.dir)?;
    let stats = store.stats()?;
    let databases: Vec<_> = stats
        .databases
        .iter()
        .map(|database| json!({ "name": database.name, "entries": database.entries, "bytes": database.bytes }))
        .collect();
    let json = json!({
        "height": stats.height, "state_root": stats.state_root, "oldest_block": stats.oldest_block,
        "oldest_state": stats.oldest_state, "pending_leaves": stats.pending_leaves, "file_bytes": stats.file_bytes,
        "free_bytes": stats.free_bytes, "map_bytes": stats.map_bytes, "readers": stats.readers,
        "databases": databases,
    });
    output.result(&json, table(&stats));
    Ok(())
}

fn table(stats: &StoreStats) -> String {
    let mut lines = vec![
        format!("blocks        {} to {}", stats.oldest_block, stats.height),
        format!("states        {} to {}", stats.oldest_state, stats.height),
        format!("state root    {}", stats.state_root),
        format!("file          {} bytes, {} of them free", grouped(stats.file_bytes), grouped(stats.free_bytes)),
        format!("map           {} bytes", grouped(stats.map_bytes)),
        format!("readers       {}", stats.readers),
        format!("pending       {} leaves of the state tree", grouped(stats.pending_leaves)),
        format!("{DIM}{:<12}{:>16}{:>20}{DIM:#}", "database", "entries", "bytes"),
    ];
    for database in &stats.databases {
        let (entries, bytes) = (grouped(database.entries), grouped(database.bytes));
        lines.push(format!("{:<12}{entries:>16}{bytes:>20}", database.name));
    }
    lines.join("\n")
}

/// The store's progress, as it is shown.
fn told<'a>(progress: &'a mut Progress<'_>) -> impl FnMut(govm_state::Progress) + 'a {
    |step| progress(step.what, step.done, step.total)
}
