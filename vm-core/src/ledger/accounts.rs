//! Balances, and the deployment of contracts.

use std::ops::Bound;

use super::{Ledger, refuse};
use crate::derive::{code_hash, contract_address, default_object_id};
use crate::records::from_bytes;
use crate::{Account, Address, Contract, ErrorCode, Failure, Hash, HostFault, Object, StateKey, StateView};

impl<V: StateView> Ledger<V> {
    /// The account at an address; an address that was never used holds nothing.
    ///
    /// # Errors
    /// The store could not read.
    pub fn account(&self, address: &Address) -> Result<Account, HostFault> {
        Ok(self.record(&StateKey::Account(*address))?.unwrap_or_default())
    }

    /// Adds to a balance out of nothing: for whoever runs the engine (an issuance, a bridge), never for contracts.
    ///
    /// # Errors
    /// `limit_exceeded` if the balance would not fit 64 bits, or the store could not read.
    pub fn credit(&mut self, to: &Address, amount: u64) -> Result<(), Failure> {
        let mut account = self.account(to)?;
        let Some(balance) = account.balance.checked_add(amount) else {
            return refuse(ErrorCode::LimitExceeded, format!("the balance of {to} would not fit 64 bits"));
        };
        account.balance = balance;
        self.put_record(StateKey::Account(*to), &account);
        Ok(())
    }

    /// Moves an amount from one account to another. Nothing is written for an amount of 0 or to oneself.
    ///
    /// # Errors
    /// `insufficient_funds`, `limit_exceeded` if the receiver's balance would not fit 64 bits, or the store could not read.
    pub fn transfer(&mut self, from: &Address, to: &Address, amount: u64) -> Result<(), Failure> {
        let mut payer = self.account(from)?;
        let Some(rest) = payer.balance.checked_sub(amount) else {
            let message = format!("{from} has {}, needs {amount}", payer.balance);
            return refuse(ErrorCode::InsufficientFunds, message);
        };
        if amount == 0 || from == to {
            return Ok(());
        }
        self.credit(to, amount)?;
        payer.balance = rest;
        self.put_record(StateKey::Account(*from), &payer);
        Ok(())
    }

    /// Takes an account's next nonce, so that what carries it is let in once and in order. For whoever runs the engine: it
    /// says what is numbered (a signed transaction, say), checks the number here, and goes on with it whether or not the
    /// execution succeeds. Nothing else changes a nonce.
    ///
    /// # Errors
    /// `invalid_argument` if another nonce is the next (what carries a lower one has been let in already), `limit_exceeded`
    /// after the last of 64 bits, or the store could not read.
    pub fn use_nonce(&mut self, of: &Address, nonce: u64) -> Result<(), Failure> {
        let mut account = self.account(of)?;
        if nonce != account.nonce {
            let message = format!("the next nonce of {of} is {}, not {nonce}", account.nonce);
            return refuse(ErrorCode::InvalidArgument, message);
        }
        let Some(next) = nonce.checked_add(1) else {
            return refuse(ErrorCode::LimitExceeded, format!("{of} has used its last nonce"));
        };
        account.nonce = next;
        self.put_record(StateKey::Account(*of), &account);
        Ok(())
    }

    /// The contract at an address.
    ///
    /// # Errors
    /// The store could not read.
    pub fn contract(&self, address: &Address) -> Result<Option<Contract>, HostFault> {
        self.record(&StateKey::Contract(*address))
    }

    /// A page of the contracts in ascending order of their addresses, from after `after` on: for tools.
    ///
    /// # Errors
    /// The store could not read.
    pub fn contracts(&self, after: Option<&Address>, limit: usize) -> Result<Vec<(Address, Contract)>, HostFault> {
        let mut page = Vec::new();
        let mut from = match after {
            Some(address) => Bound::Excluded(StateKey::Contract(*address)),
            None => Bound::Included(StateKey::Contract(Address::ZERO)),
        };
        while page.len() < limit {
            let Some((key, bytes)) = self.overlay.first(from.as_ref())? else { break };
            if let StateKey::Contract(address) = key {
                page.push((address, from_bytes(&key, &bytes)?));
            }
            from = Bound::Excluded(key);
        }
        Ok(page)
    }

    /// The bytes of code.
    ///
    /// # Errors
    /// The store could not read, or it lacks the code that a contract names.
    pub fn code(&self, hash: &Hash) -> Result<Vec<u8>, HostFault> {
        let code = self.overlay.get(&StateKey::Code(*hash))?;
        code.ok_or_else(|| HostFault::Corrupt { what: format!("code {hash} is missing") })
    }

    /// Makes a contract of code that was checked: stores the code once, the contract with its default object, and counts
    /// the deployer's deployments. Returns the contract's address.
    ///
    /// # Errors
    /// The store could not read.
    pub fn deploy(&mut self, deployer: &Address, wasm: &[u8]) -> Result<Address, HostFault> {
        let mut account = self.account(deployer)?;
        let address = contract_address(deployer, account.deployments);
        account.deployments += 1;
        self.put_record(StateKey::Account(*deployer), &account);

        let code = code_hash(wasm);
        if self.overlay.get(&StateKey::Code(code))?.is_none() {
            self.overlay.put(StateKey::Code(code), Some(wasm.to_vec()));
        }
        let default_object = default_object_id(&address);
        let contract = Contract { code, deployer: *deployer, default_object, height: self.position.height };
        self.put_record(StateKey::Contract(address), &contract);
        self.insert_object(&default_object, &Object { contract: address, owner: address, fields: 0 });
        Ok(address)
    }
}
