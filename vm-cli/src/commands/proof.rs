//! `govm root`, `govm prove` and `govm verify-proof`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use govm_core::limits::MAX_FIELD_NAME_BYTES;
use govm_core::{EMPTY_ROOT, Hash, Ledger, StateArchive, StateKey, StateProof, StateStore};
use serde_json::{Value, json};

use crate::args::{At, Prove};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::{places, show};

/// Longest proof that is read, in bytes: twice the longest value, which is code of 64 MiB, and room for the hashes.
const MAX_PROOF_BYTES: u64 = 129 << 20;

pub(crate) fn root(at: At, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let snapshot = places::snapshot(&places::read_store(data_dir)?, at)?;
    let height = snapshot.height();
    let root = snapshot.head.map_or(EMPTY_ROOT, |head| head.state_root);
    output.result(
        &json!({ "state_root": root, "height": height }),
        format!("{GOOD}{root}{GOOD:#}  {DIM}block {height}{DIM:#}"),
    );
    Ok(())
}

pub(crate) fn prove(args: &Prove, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let key = key(args)?;
    let store = places::read_store(data_dir)?;
    let height = match args.at.at {
        Some(height) => height,
        None => store.snapshot()?.height(),
    };
    let proof = store.prove(&key, height)?;
    let text = canonical(&proof)?;
    let Some(path) = &args.output else {
        // The proof itself, as it would be in a file.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
        return Ok(());
    };
    std::fs::write(path, &text).map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))?;
    let root = proof.root().map_err(Failure::host)?;
    let claim = Claim::of(&proof)?;
    let mut json = claim.json;
    json["path"] = json!(path);
    json["state_root"] = json!(root);
    json["height"] = height.into();
    output.result(
        &json,
        format!(
            "{GOOD}proved{GOOD:#} {}  {DIM}block {height}{DIM:#}\n  root   {root}\n  proof  {}, {} bytes\n  \
         check  govm verify-proof {} --root {root}",
            claim.text,
            path.display(),
            grouped(text.len() as u64),
            path.display(),
        ),
    );
    Ok(())
}

pub(crate) fn verify(file: &Path, root: &Hash, output: &Output) -> Result<(), Failure> {
    let text = read(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
    let refused = |why: &dyn std::fmt::Display| Failure::proof(format!("the proof does not hold: {why}"));
    let proof: StateProof = serde_json::from_slice(&text).map_err(|error| refused(&error))?;
    // One proof has one form: what differs in a byte is another proof, or none.
    if canonical(&proof)?.as_bytes() != text {
        return Err(refused(&"it is not written as `govm prove` writes it"));
    }
    proof.verify(root).map_err(|error| refused(&error))?;
    let claim = Claim::of(&proof).map_err(|failure| refused(&failure.message))?;
    let mut json = claim.json;
    json["status"] = "holds".into();
    json["state_root"] = json!(root);
    output.result(
        &json,
        format!("{GOOD}holds{GOOD:#}  {}\n  {DIM}in every state with the root {root}{DIM:#}", claim.text),
    );
    Ok(())
}

/// The key that is to be proven.
fn key(args: &Prove) -> Result<StateKey, Failure> {
    match (&args.account, &args.object, &args.field) {
        (Some(address), _, _) => Ok(StateKey::Account(*address)),
        (None, Some(id), None) => Ok(StateKey::Object(*id)),
        (None, Some(_), Some(name)) if name.len() > MAX_FIELD_NAME_BYTES => {
            Err(Failure::usage(format!("no field has a name of more than {MAX_FIELD_NAME_BYTES} bytes")))
        }
        (None, Some(id), Some(name)) => Ok(StateKey::Field(*id, name.as_str().into())),
        (None, None, _) => Err(Failure::usage("say which object to prove, or which --account")),
    }
}

/// The only form of a proof in a file: its JSON on one line.
fn canonical(proof: &StateProof) -> Result<String, Failure> {
    serde_json::to_string(proof).map(|json| json + "\n").map_err(Failure::host)
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(file)?.take(MAX_PROOF_BYTES).read_to_end(&mut text)?;
    Ok(text)
}

/// What a proof says, for people and for programs.
struct Claim {
    text: String,
    json: Value,
}

impl Claim {
    fn of(proof: &StateProof) -> Result<Self, Failure> {
        // A state with nothing but this entry reads its record.
        let entry = proof.value.iter().map(|value| (proof.key.clone(), value.clone()));
        let state = Ledger::new(entry.collect::<BTreeMap<_, _>>());
        let (what, json, value) = match &proof.key {
            StateKey::Account(address) => {
                let account = state.account(address)?;
                let value = json!({ "balance": account.balance.to_string(), "nonce": account.nonce });
                (format!("account {address}"), json!({ "account": address }), value)
            }
            StateKey::Object(id) => {
                let object = state.object(id)?;
                let value = object.map(
                    |object| json!({ "contract": object.contract, "owner": object.owner, "fields": object.fields }),
                );
                (format!("object {id}"), json!({ "object": id }), json!(value))
            }
            StateKey::Field(id, name) => {
                let value = proof.value.as_deref().map(show::field);
                (format!("field {name:?} of object {id}"), json!({ "object": id, "field": name }), json!(value))
            }
            StateKey::Contract(address) => {
                let value = state.contract(address)?.map(|contract| {
                    json!({ "code": contract.code, "deployer": contract.deployer, "height": contract.height })
                });
                (format!("contract {address}"), json!({ "contract": address }), json!(value))
            }
            StateKey::Code(hash) => {
                let value = proof.value.as_ref().map(|code| json!({ "size_bytes": code.len() }));
                (format!("code {hash}"), json!({ "code": hash }), json!(value))
            }
            key => return Err(Failure::usage(format!("the state root binds no entry of {}", key.table().name()))),
        };
        let present = proof.value.is_some();
        let text = if present { format!("{what} = {}", words(&value)) } else { format!("there is no {what}") };
        let mut json = json;
        json["present"] = present.into();
        json["value"] = if present { value } else { Value::Null };
        Ok(Self { text, json })
    }
}

/// A value in words: a field with its type, a record with its parts.
fn words(value: &Value) -> String {
    if let Some(ty) = value["type"].as_str() {
        return format!("{}  {DIM}{ty}{DIM:#}", show::plain(value));
    }
    match value.as_object() {
        Some(parts) => {
            parts.iter().map(|(name, part)| format!("{name} {}", show::plain(part))).collect::<Vec<_>>().join(", ")
        }
        None => show::plain(value),
    }
}
