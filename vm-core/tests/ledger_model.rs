//! The ledger against a naive model: plain maps that are copied whole at each checkpoint, and the rules as plain conditions.

mod common;

use std::collections::BTreeMap;

use common::{State, apply, refused};
use govm_core::{
    Account, Actor, Address, CallPosition, ErrorCode, Failure, Ledger, LedgerCheckpoint, Object, ObjectId, ObjectsOf,
    StateKey, object_id,
};
use proptest::prelude::*;

/// Two contracts and two people; who is who is told by the index.
fn address(index: u8) -> Address {
    Address::from_bytes([0x10 + index; 20])
}

#[derive(Debug, Clone)]
enum Step {
    Credit {
        to: u8,
        amount: u64,
    },
    Transfer {
        from: u8,
        to: u8,
        amount: u64,
    },
    /// Something that a contract does; objects are chosen among all that were ever created.
    Contract {
        contract: u8,
        sender: u8,
        object: usize,
        act: Act,
    },
    Checkpoint,
    Rollback(usize),
    NextCall,
}

#[derive(Debug, Clone)]
enum Act {
    Create,
    SetOwner(u8),
    Delete,
    Field(String),
    SetField(String, u8),
    DeleteField(String),
    Find(u8),
    /// Everything that the contract can list, and everything that a tool can, in pages of this many.
    List(usize),
    Emit(u8),
}

fn who() -> impl Strategy<Value = u8> {
    0..4u8
}

fn act() -> impl Strategy<Value = Act> {
    let name = || "[abc]";
    prop_oneof![
        3 => Just(Act::Create),
        2 => who().prop_map(Act::SetOwner),
        1 => Just(Act::Delete),
        2 => name().prop_map(Act::Field),
        5 => (name(), any::<u8>()).prop_map(|(name, value)| Act::SetField(name, value)),
        2 => name().prop_map(Act::DeleteField),
        2 => who().prop_map(Act::Find),
        2 => (1..4usize).prop_map(Act::List),
        1 => any::<u8>().prop_map(Act::Emit),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let amount = || prop_oneof![4 => 0..100u64, 1 => Just(u64::MAX)];
    prop_oneof![
        2 => (who(), amount()).prop_map(|(to, amount)| Step::Credit { to, amount }),
        2 => (who(), who(), amount()).prop_map(|(from, to, amount)| Step::Transfer { from, to, amount }),
        12 => (0..2u8, who(), 0..8usize, act())
            .prop_map(|(contract, sender, object, act)| Step::Contract { contract, sender, object, act }),
        2 => Just(Step::Checkpoint),
        2 => (0..4usize).prop_map(Step::Rollback),
        1 => Just(Step::NextCall),
    ]
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    balances: BTreeMap<Address, u64>,
    objects: BTreeMap<ObjectId, ModelObject>,
    events: Vec<(Address, u8)>,
}

#[derive(Debug, Clone, PartialEq)]
struct ModelObject {
    contract: Address,
    owner: Address,
    fields: BTreeMap<String, Vec<u8>>,
}

/// What a step answers: nothing, a field's bytes, an object, or why it was refused.
type Answer = Result<Vec<u8>, ErrorCode>;

impl Model {
    fn balance(&self, of: Address) -> u64 {
        self.balances.get(&of).copied().unwrap_or(0)
    }

    fn credit(&mut self, to: Address, amount: u64) -> Answer {
        let balance = self.balance(to).checked_add(amount).ok_or(ErrorCode::LimitExceeded)?;
        self.balances.insert(to, balance);
        Ok(Vec::new())
    }

    fn transfer(&mut self, from: Address, to: Address, amount: u64) -> Answer {
        if self.balance(from) < amount {
            return Err(ErrorCode::InsufficientFunds);
        }
        if amount > 0 && from != to {
            self.credit(to, amount)?;
            self.balances.insert(from, self.balance(from) - amount);
        }
        Ok(Vec::new())
    }

    /// The object if it is there and may be read, or changed.
    fn object(&mut self, actor: Actor, id: ObjectId, change: bool) -> Result<&mut ModelObject, ErrorCode> {
        let object = self.objects.get_mut(&id).ok_or(ErrorCode::ObjectNotFound)?;
        let may_change = object.owner == actor.sender || object.owner == actor.contract;
        if object.contract != actor.contract || (change && !may_change) {
            return Err(ErrorCode::Unauthorized);
        }
        Ok(object)
    }

    fn act(&mut self, actor: Actor, id: ObjectId, new_id: ObjectId, act: &Act) -> Answer {
        let Actor { contract, .. } = actor;
        match act {
            Act::Create => {
                let object = ModelObject { contract, owner: contract, fields: BTreeMap::new() };
                self.objects.insert(new_id, object);
                return Ok(new_id.as_bytes().to_vec());
            }
            Act::SetOwner(owner) => self.object(actor, id, true)?.owner = address(*owner),
            Act::Delete => {
                self.object(actor, id, true)?;
                self.objects.remove(&id);
            }
            Act::Field(name) => {
                let field = self.object(actor, id, false)?.fields.get(name);
                return field.cloned().ok_or(ErrorCode::FieldNotFound);
            }
            Act::SetField(name, value) => {
                self.object(actor, id, true)?.fields.insert(name.clone(), vec![*value]);
            }
            Act::DeleteField(name) => {
                self.object(actor, id, true)?.fields.remove(name).ok_or(ErrorCode::FieldNotFound)?;
            }
            Act::Find(owner) => {
                let mut of_owner =
                    self.objects.iter().filter(|(_, o)| o.contract == contract && o.owner == address(*owner));
                return of_owner.next().map(|(id, _)| id.as_bytes().to_vec()).ok_or(ErrorCode::ObjectNotFound);
            }
            Act::List(_) => return Ok(self.listed(contract)),
            Act::Emit(byte) => self.events.push((contract, *byte)),
        }
        Ok(Vec::new())
    }

    /// What [`list`] finds: the contract's objects with their fields' names, those of each owner, and for a tool those of
    /// each owner whatever the contract.
    fn listed(&self, contract: Address) -> Vec<u8> {
        let mut found = Vec::new();
        for (id, object) in self.objects.iter().filter(|(_, object)| object.contract == contract) {
            found.extend(id.as_bytes());
            object.fields.keys().for_each(|name| found.extend(name.as_bytes()));
        }
        for owner in (0..4).map(address) {
            let mut owned: Vec<_> = self.objects.iter().filter(|(_, object)| object.owner == owner).collect();
            owned.iter().filter(|(_, o)| o.contract == contract).for_each(|(id, _)| found.extend(id.as_bytes()));
            owned.sort_by_key(|(id, object)| (object.contract, **id));
            owned.iter().for_each(|(id, _)| found.extend(id.as_bytes()));
        }
        found
    }

    /// The whole state as a store would hold it.
    fn state(&self) -> State {
        let mut state = State::new();
        for (address, balance) in &self.balances {
            let account = Account { balance: *balance, ..Account::default() };
            state.insert(StateKey::Account(*address), borsh::to_vec(&account).unwrap());
        }
        for (id, ModelObject { contract, owner, fields }) in &self.objects {
            let (contract, owner) = (*contract, *owner);
            let record = Object { contract, owner, fields: u32::try_from(fields.len()).unwrap() };
            state.insert(StateKey::Object(*id), borsh::to_vec(&record).unwrap());
            state.insert(StateKey::Owned { owner, contract, object: *id }, Vec::new());
            state.insert(StateKey::Created { contract, object: *id }, Vec::new());
            for (name, value) in fields {
                state.insert(StateKey::Field(*id, name.as_str().into()), value.clone());
            }
        }
        state
    }
}

fn run(ledger: &mut Ledger<State>, actor: Actor, id: &ObjectId, act: &Act) -> Result<Vec<u8>, Failure> {
    match act {
        Act::Create => return Ok(ledger.create_object(actor)?.id.as_bytes().to_vec()),
        Act::SetOwner(owner) => ledger.set_owner(actor, id, address(*owner))?,
        Act::Delete => ledger.delete_object(actor, id)?,
        Act::Field(name) => return ledger.field(actor, id, name),
        Act::SetField(name, value) => ledger.set_field(actor, id, name, vec![*value])?,
        Act::DeleteField(name) => ledger.delete_field(actor, id, name)?,
        Act::Find(owner) => return Ok(ledger.find_object(actor, &address(*owner))?.id.as_bytes().to_vec()),
        Act::List(limit) => return list(ledger, actor, *limit),
        Act::Emit(byte) => ledger.emit(actor, "event", vec![*byte])?,
    }
    Ok(Vec::new())
}

fn list(ledger: &Ledger<State>, actor: Actor, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut found = Vec::new();
    // One by one, as contracts do.
    let next = |owner: Option<&Address>, after: &ObjectId| match ledger.next_object(actor, owner, after) {
        Ok(next) => Ok(Some(next.id)),
        Err(Failure::Contract(error)) if error.code == ErrorCode::ObjectNotFound => Ok(None),
        Err(failure) => Err(failure),
    };
    let mut after = ObjectId::ZERO;
    while let Some(id) = next(None, &after)? {
        found.extend(id.as_bytes());
        let mut name = String::new();
        while let Some((next, _)) = ledger.next_field(actor, &id, &name)? {
            found.extend(next.as_bytes());
            name = next.into();
        }
        after = id;
    }
    for owner in (0..4).map(address) {
        let mut after = ObjectId::ZERO;
        while let Some(id) = next(Some(&owner), &after)? {
            found.extend(id.as_bytes());
            after = id;
        }
        // In pages, as tools do.
        let mut after = None;
        loop {
            let page = ledger.objects(ObjectsOf::Owner(owner), after.as_ref(), limit)?;
            let Some(last) = page.last() else { break };
            assert!(page.len() <= limit && page.iter().all(|info| info.object.owner == owner));
            after = Some(last.id);
            page.iter().for_each(|info| found.extend(info.id.as_bytes()));
        }
    }
    Ok(found)
}

/// The two side by side, through the calls of one block.
struct Pair {
    ledger: Ledger<State>,
    model: Model,
    checkpoints: Vec<(LedgerCheckpoint, Model)>,
    position: CallPosition,
    created: u32,
    ids: Vec<ObjectId>,
}

impl Pair {
    fn new(base: State, model: Model, height: u64, ids: Vec<ObjectId>) -> Self {
        let position = CallPosition { height, index: 0 };
        let mut ledger = Ledger::new(base);
        ledger.begin_call(position);
        Self { ledger, model, checkpoints: Vec::new(), position, created: 0, ids }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Credit { to, amount } => {
                let found = self.ledger.credit(&address(*to), *amount).map(|()| Vec::new());
                let expected = self.model.credit(address(*to), *amount);
                same(found, expected);
            }
            Step::Transfer { from, to, amount } => {
                let (from, to) = (address(*from), address(*to));
                let found = self.ledger.transfer(&from, &to, *amount).map(|()| Vec::new());
                same(found, self.model.transfer(from, to, *amount));
            }
            Step::Contract { contract, sender, object, act: doing } => {
                let actor = Actor { contract: address(*contract), sender: address(*sender) };
                let id = self.ids.get(*object).copied().unwrap_or(ObjectId::from_bytes([0xff; 32]));
                let new_id = object_id(&actor.contract, self.position, self.created);
                if matches!(doing, Act::Create) {
                    self.created += 1;
                    self.ids.push(new_id);
                }
                let expected = self.model.act(actor, id, new_id, doing);
                same(run(&mut self.ledger, actor, &id, doing), expected);
            }
            Step::Checkpoint => self.checkpoints.push((self.ledger.checkpoint(), self.model.clone())),
            Step::Rollback(back) => {
                let kept = self.checkpoints.len().saturating_sub(back + 1);
                if let Some((checkpoint, then)) = self.checkpoints.drain(kept..).next() {
                    self.ledger.rollback(checkpoint);
                    self.model = then;
                }
            }
            Step::NextCall => {
                self.position.index += 1;
                self.ledger.begin_call(self.position);
                self.created = 0;
                self.model.events.clear();
                self.checkpoints.clear();
            }
        }
    }

    /// Ends the block: the events are the same, and so is the whole state.
    fn finish(mut self, base: State) -> (State, Model, Vec<ObjectId>) {
        let start = self.ledger.checkpoint();
        let events = self.ledger.finish_call(start).events;
        let events: Vec<_> = events.into_iter().map(|event| (event.contract, event.data[0])).collect();
        assert_eq!(events, self.model.events);
        let state = apply(base, self.ledger.into_writes());
        assert_eq!(state, self.model.state());
        self.model.events.clear();
        (state, self.model, self.ids)
    }
}

#[track_caller]
fn same(found: Result<Vec<u8>, Failure>, expected: Answer) {
    match expected {
        Ok(expected) => assert_eq!(found.unwrap(), expected),
        Err(code) => assert_eq!(refused(found).0, code),
    }
}

proptest! {
    #[test]
    fn random_programs_do_what_the_model_does(
        blocks in prop::collection::vec(prop::collection::vec(step(), 0..60), 1..4),
    ) {
        let (mut base, mut model, mut ids) = (State::new(), Model::default(), Vec::new());
        for (height, steps) in (1..).zip(&blocks) {
            let mut pair = Pair::new(base.clone(), model, height, ids);
            for step in steps {
                pair.step(step);
            }
            (base, model, ids) = pair.finish(base);
        }
    }
}
