//! `govm blocks`, `govm block` and `govm events`: what was.

use std::path::Path;

use govm_core::{BlockHeader, EventPosition, Receipt, StateArchive, StateStore, receipts_hash};
use govm_state::LmdbStore;
use serde_json::{Value, json};

use crate::args::{BlockName, Events};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::{places, show};

pub(crate) fn list(from: Option<u64>, limit: usize, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let store = places::read_store(data_dir)?;
    let newest = store.snapshot()?.height();
    let (mut list, mut lines) = (Vec::new(), Vec::new());
    for height in (1..=from.unwrap_or(newest).min(newest)).rev().take(limit) {
        // A store that was imported begins with a later block.
        let Some(header) = store.header(height)? else { break };
        let calls = store.receipts(height)?.len();
        let mut json = block(&header);
        json["calls"] = calls.into();
        list.push(json);
        lines.push(format!("{GOOD}{height:>8}{GOOD:#}  {}  {DIM}{calls} calls{DIM:#}", header.hash()));
    }
    let text = if lines.is_empty() { "no blocks".to_owned() } else { lines.join("\n") };
    output.result(&Value::Array(list), text);
    Ok(())
}

pub(crate) fn show(name: &BlockName, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let store = places::read_store(data_dir)?;
    let header = find(&store, name)?;
    let receipts = store.receipts(header.height)?;
    // The receipts of the block that a store was imported at stayed where it was exported.
    let kept = receipts_hash(&receipts) == header.receipts;
    let mut json = block(&header);
    json["proposer_data"] = show::hex(&header.proposer_data);
    json["receipts_kept"] = kept.into();
    json["receipts"] = receipts.iter().map(receipt).collect();
    let mut text = format!(
        "{GOOD}block {}{GOOD:#} {}\n  time        {} ns\n  parent      {}\n  receipts    {}\n  state root  {}",
        header.height,
        header.hash(),
        header.time_ns,
        header.parent,
        header.receipts,
        header.state_root,
    );
    if !kept {
        text.push_str("\n  the receipts are not in this store: it was imported at this block");
    }
    for (call, receipt) in receipts.iter().enumerate() {
        let status = receipt.error().map_or_else(|| "ok".to_owned(), ToString::to_string);
        let gas = grouped(receipt.gas_used);
        text.push_str(&format!("\n  {DIM}call {call}{DIM:#}  {status}  {DIM}{gas} gas{DIM:#}"));
        for event in show::events(&receipt.events) {
            text.push_str(&format!("\n    {DIM}event{DIM:#} {}", show::event_line(&event)));
        }
    }
    output.result(&json, text);
    Ok(())
}

fn find(store: &LmdbStore, name: &BlockName) -> Result<BlockHeader, Failure> {
    let height = match name {
        BlockName::Height(height) => Some(*height),
        BlockName::Hash(hash) => store.height_of(hash)?,
    };
    if let Some(header) = height.map(|height| store.header(height)).transpose()?.flatten() {
        return Ok(header);
    }
    let name = match name {
        BlockName::Height(height) => height.to_string(),
        BlockName::Hash(hash) => hash.to_string(),
    };
    let stats = store.stats()?;
    Err(Failure::usage(format!("there is no block {name}: there are {} to {}", stats.oldest_block, stats.height)))
}

pub(crate) fn events(args: &Events, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let store = places::read_store(data_dir)?;
    let page = store.events(&args.contract, args.name.as_deref(), args.after, args.limit)?;
    let (mut list, mut lines) = (Vec::new(), Vec::new());
    for (EventPosition { height, call, event: index }, event) in page {
        let place = format!("{height}:{call}:{index}");
        let mut json = show::event(index as usize, &event);
        lines.push(format!("{DIM}{place}{DIM:#}  {}", show::event_line(&json)));
        json["position"] = place.into();
        list.push(json);
    }
    let text = if lines.is_empty() { "no events".to_owned() } else { lines.join("\n") };
    output.result(&Value::Array(list), text);
    Ok(())
}

/// A block's header.
fn block(header: &BlockHeader) -> Value {
    json!({
        "height": header.height,
        "hash": header.hash(),
        "time_ns": header.time_ns.to_string(),
        "parent": header.parent,
        "schedule_version": header.protocol.schedule_version,
        "instrumentation_version": header.protocol.instrumentation_version,
        "receipts_hash": header.receipts,
        "state_root": header.state_root,
    })
}

fn receipt(receipt: &Receipt) -> Value {
    let mut json = json!({
        "status": if receipt.is_ok() { "ok" } else { "failed" },
        "output": show::hex(&receipt.output),
        "gas_used": receipt.gas_used,
        "gas_refunded": receipt.gas_refunded,
        "schedule_version": receipt.schedule_version,
        "events": show::events(&receipt.events),
        "writes": receipt.writes,
    });
    if let Some(error) = receipt.error() {
        json["error"] = json!({ "code": error.code.name(), "message": error.message });
    }
    json
}
