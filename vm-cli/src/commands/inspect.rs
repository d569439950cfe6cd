//! The commands that look at the state, and `govm fund`.

use std::path::Path;

use govm_core::{Account, Address, Ledger, Object, ObjectId, ObjectInfo, ObjectsOf, StateStore};
use serde_json::{Map, Value, json};

use super::block_info;
use crate::args::{self, At, Data};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::{places, show};

/// How many entries are read from the store at a time.
pub(super) const PAGE: usize = 256;

pub(crate) fn object(id: &ObjectId, at: At, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let snapshot = places::snapshot(&places::read_store(data_dir)?, at)?;
    let height = snapshot.height();
    let ledger = Ledger::new(snapshot.state);
    let Some(object) = ledger.object(id)? else {
        let when = at.at.map(|height| format!(" at height {height}")).unwrap_or_default();
        return Err(Failure::usage(format!("there is no object {id}{when}")));
    };
    let mut fields = Map::new();
    let mut after: Option<Box<str>> = None;
    loop {
        let page = ledger.fields(id, after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        fields.extend(page.iter().map(|(name, value)| (name.to_string(), show::field(value))));
    }
    let mut text = format!(
        "{GOOD}object{GOOD:#} {id}  {DIM}block {height}{DIM:#}\n  {DIM}contract{DIM:#} {}\n  {DIM}owner{DIM:#}    {}",
        object.contract, object.owner
    );
    for (name, value) in &fields {
        let ty = value["type"].as_str().unwrap_or("bytes");
        text.push_str(&format!("\n  {name} = {}  {DIM}{ty}{DIM:#}", show::plain(value)));
    }
    let json =
        json!({ "id": id, "contract": object.contract, "owner": object.owner, "fields": fields, "read_at": height });
    output.result(&json, text);
    Ok(())
}

pub(crate) fn objects(args: &args::Objects, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let of = match (args.owner, args.contract) {
        (Some(owner), Some(contract)) => ObjectsOf::OwnerAndContract(owner, contract),
        (Some(owner), None) => ObjectsOf::Owner(owner),
        (None, Some(contract)) => ObjectsOf::Contract(contract),
        (None, None) => return Err(Failure::usage("say whose objects: --owner, --contract or both")),
    };
    let snapshot = places::snapshot(&places::read_store(data_dir)?, args.at)?;
    let height = snapshot.height();
    let limit = args.limit as usize;
    // One more than is shown, to know whether there are more.
    let listed = Ledger::new(snapshot.state).objects(of, args.after.as_ref(), limit + 1);
    let mut page = listed.map_err(|failure| match failure {
        govm_core::Failure::Contract(error) => {
            Failure::usage(format!("{}; start from the first, or name its contract with --contract", error.message))
        }
        govm_core::Failure::Host(fault) => fault.into(),
    })?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| last.id);
    let list: Vec<Value> = page.iter().map(show::object).collect();
    output.result(&json!({ "objects": list, "next": next, "read_at": height }), page_text(&page, next, height));
    Ok(())
}

/// A page of objects for people, with where it was read and how to go on.
fn page_text(page: &[ObjectInfo], next: Option<ObjectId>, height: u64) -> String {
    let mut text = String::new();
    for ObjectInfo { id, object: Object { contract, owner, fields } } in page {
        text.push_str(&format!(
            "{GOOD}{id}{GOOD:#}\n  {DIM}contract{DIM:#} {contract}  {DIM}owner{DIM:#} {owner}  {DIM}fields{DIM:#} {fields}\n"
        ));
    }
    text.push_str(&match next {
        Some(next) => format!("{DIM}block {height}, more with --after {next}{DIM:#}"),
        None if page.is_empty() => format!("no objects  {DIM}block {height}{DIM:#}"),
        None => format!("{DIM}block {height}{DIM:#}"),
    });
    text
}

pub(crate) fn contract(address: &Address, at: At, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let engine = places::read(data_dir)?;
    let info = places::contract(&engine, address, at)?;
    let snapshot = places::snapshot(engine.store(), at)?;
    let height = snapshot.height();
    let balance = Ledger::new(snapshot.state).account(address)?.balance;
    let mut json = show::contract(&info);
    json["read_at"] = height.into();
    json["balance"] = Value::String(balance.to_string());
    json["docs"] = Value::String(info.abi.docs.clone());
    let functions = show::functions(&info.abi).join("\n                 ");
    let record = info.contract;
    output.result(&json, format!(
        "{GOOD}{}{GOOD:#} {address}  {DIM}block {height}{DIM:#}\n  code hash      {}\n  deployed       by {} in block {}\n  default object {}\n  \
         balance        {}\n  functions      {functions}",
        info.abi.name, record.code, record.deployer, record.height, record.default_object, grouped(balance),
    ));
    Ok(())
}

pub(crate) fn contracts(data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let engine = places::read(data_dir)?;
    let (mut list, mut lines, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = engine.contracts(after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.address);
        for info in &page {
            list.push(show::contract(info));
            lines.push(format!(
                "{}  {GOOD}{}{GOOD:#}  {DIM}block {}{DIM:#}",
                info.address, info.abi.name, info.contract.height
            ));
        }
    }
    let text = if lines.is_empty() {
        "no contracts yet: deploy one with `govm deploy PATH`".to_owned()
    } else {
        lines.join("\n")
    };
    output.result(&Value::Array(list), text);
    Ok(())
}

pub(crate) fn account(address: &Address, at: At, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let snapshot = places::snapshot(&places::read_store(data_dir)?, at)?;
    let height = snapshot.height();
    let account = Ledger::new(snapshot.state).account(address)?;
    let Account { balance, nonce, deployments } = account;
    let json = json!({
        "address": address, "balance": balance.to_string(), "nonce": nonce, "deployments": deployments, "read_at": height,
    });
    let balance = grouped(balance);
    output.result(
        &json,
        format!(
            "{GOOD}{balance}{GOOD:#}  {DIM}block {height}, deployed {deployments} contracts, next nonce {nonce}{DIM:#}"
        ),
    );
    Ok(())
}

pub(crate) fn fund(address: &Address, amount: u64, data: &Data, output: &Output) -> Result<(), Failure> {
    let engine = places::write(data)?;
    let mut block = engine.begin_block(block_info())?;
    // No contract has a part in this: what does not fit is the amount that was asked for.
    block.credit(address, amount).map_err(|failure| match failure {
        govm_core::Failure::Contract(error) => Failure::usage(error.message),
        govm_core::Failure::Host(fault) => fault.into(),
    })?;
    let header = block.commit()?;
    let balance = Ledger::new(engine.store().snapshot()?.state).account(address)?.balance;
    let json = json!({ "address": address, "balance": balance.to_string(), "height": header.height });
    output.result(&json, format!("{GOOD}{}{GOOD:#}  {DIM}block {}{DIM:#}", grouped(balance), header.height));
    Ok(())
}
