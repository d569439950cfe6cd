//! The list of host functions: the one place where they are written. The dispatch below, the Go import stubs and the
//! reference page are made from it. What they cost is in the [gas schedule](crate::gas).

use govm_core::ErrorCode;
use wasmer::{Exports, Function, FunctionEnv, FunctionEnvMut, StoreMut};

use super::function::{HostFunction, Param, ParamKind, Returns};
use super::{Cx, Host, Stop, Unwind, call, crypto, objects};
use crate::gas::hosts;

/// The import module of the host functions.
pub const HOST_MODULE: &str = "govm";

macro_rules! host_functions {
    ($(
        $(#[doc = $doc:literal])*
        fn $name:ident($($param:ident: $kind:ident),*) -> $returns:ident = $module:ident,
            $access:ident $(, errors $($error:ident)+)?;
    )*) => {
        /// Every host function, in the order of the reference page.
        pub const HOST_FUNCTIONS: &[HostFunction] = &[$(HostFunction {
            name: stringify!($name),
            family: stringify!($module),
            params: &[$(Param { name: stringify!($param), kind: ParamKind::$kind }),*],
            returns: Returns::$returns,
            base_gas: hosts::$name.base_gas,
            per_byte_gas: hosts::$name.per_byte_gas,
            writes: host_functions!(@$access),
            errors: &[$($(ErrorCode::$error),+)?],
            docs: concat!($($doc, "\n"),*),
        }),*];

        /// The functions for an instance.
        pub(crate) fn host_imports(store: &mut StoreMut<'_>, env: &FunctionEnv<Host>) -> Exports {
            let mut exports = Exports::new();
            $(
                let function = Function::new_typed_with_env(
                    store,
                    env,
                    |mut env: FunctionEnvMut<'_, Host>, $($param: host_functions!(@type $kind)),*| {
                        let mut cx = Cx::enter(&mut env, hosts::$name)?;
                        cx.step_begins(stringify!($name), hosts::$name.base_gas);
                        let result = cx.permit(host_functions!(@$access))
                            .and_then(|()| $module::$name(&mut cx, $($param),*));
                        let answer = Answer::$returns(&mut cx, result)?;
                        cx.step_ended(Returns::$returns, || host_functions!(@number $returns answer));
                        Ok::<_, Unwind>(answer)
                    },
                );
                exports.insert(stringify!($name), function);
            )*
            exports
        }
    };
    (@number Nothing $answer:ident) => { 0 };
    (@number Code $answer:ident) => { i64::from($answer) };
    (@number Flag $answer:ident) => { i64::from($answer) };
    (@number Length $answer:ident) => { $answer };
    (@number Amount $answer:ident) => { $answer as i64 };
    (@reads) => { false };
    (@writes) => { true };
    (@type Amount) => { u64 };
    (@type $kind:ident) => { u32 };
}

host_functions! {
    /// Copies the call's input to `dst`: the header of 64 bytes, then the encoded arguments. The guest must own as many
    /// bytes there as its dispatch function was told.
    fn input(dst: Dst) -> Nothing = call, reads;

    /// Sets the call's output: the encoded results, or the message of the error that the dispatch function returns. Once
    /// per call.
    fn output(ptr: Ptr, len: Len) -> Nothing = call, reads;

    /// Creates an object that the contract owns, and writes its record to `info`: id (32 bytes), contract (20), owner (20).
    fn object_create(info: Dst) -> Code = objects, writes, errors ReadOnly;

    /// Writes the record of an object that the contract created to `info`. The zero id names the contract's default object.
    fn object_open(id: Ptr, info: Dst) -> Code = objects, reads,
        errors ObjectNotFound Unauthorized;

    /// Writes the record of the contract's object with the lowest id among those of an owner to `info`.
    fn object_find(owner: Ptr, info: Dst) -> Code = objects, reads, errors ObjectNotFound;

    /// Writes the record of the contract's object with the lowest id above `after` to `info`. The zero id is below all.
    fn object_next(after: Ptr, info: Dst) -> Code = objects, reads, errors ObjectNotFound;

    /// Writes the record of the contract's object with the lowest id above `after` among those of an owner to `info`.
    fn object_next_owned(owner: Ptr, after: Ptr, info: Dst) -> Code = objects, reads,
        errors ObjectNotFound;

    /// Gives an object to another owner.
    fn object_set_owner(id: Ptr, owner: Ptr) -> Code = objects, writes,
        errors ObjectNotFound Unauthorized ReadOnly;

    /// Deletes an object with its fields; each field costs as much as `field_delete`.
    fn object_delete(id: Ptr) -> Code = objects, writes,
        errors ObjectNotFound Unauthorized ReadOnly;

    /// Copies a field's bytes to `dst` and returns their number. If they are more than `cap`, nothing is copied and `take`
    /// fetches them.
    fn field_get(id: Ptr, name: Ptr, name_len: Len, dst: Dst, cap: Len) -> Length = objects, reads, errors ObjectNotFound FieldNotFound Unauthorized InvalidArgument LimitExceeded;

    /// Writes a field: one self-describing value.
    fn field_set(id: Ptr, name: Ptr, name_len: Len, value: Ptr, value_len: Len) -> Code = objects, writes, errors ObjectNotFound Unauthorized InvalidArgument LimitExceeded ReadOnly;

    /// Deletes a field.
    fn field_delete(id: Ptr, name: Ptr, name_len: Len) -> Code = objects, writes,
        errors ObjectNotFound FieldNotFound Unauthorized InvalidArgument LimitExceeded ReadOnly;

    /// Copies the lowest of an object's field names above `after`, in the order of their bytes, to `dst` as `field_get` does;
    /// 0 after the last. The field's value is charged as if it were copied too: a store reads an entry whole.
    fn field_next(id: Ptr, after: Ptr, after_len: Len, dst: Dst, cap: Len) -> Length = objects, reads, errors ObjectNotFound Unauthorized InvalidArgument LimitExceeded;

    /// Returns the balance of an address.
    fn balance(address: Ptr) -> Amount = call, reads;

    /// Moves an amount from the contract's balance to an address.
    fn transfer(to: Ptr, amount: Amount) -> Code = call, writes,
        errors InsufficientFunds LimitExceeded ReadOnly;

    /// Reports an event; its data is a list of keys and self-describing values.
    fn emit(name: Ptr, name_len: Len, data: Ptr, data_len: Len) -> Code = call, writes,
        errors InvalidArgument LimitExceeded ReadOnly;

    /// Calls a function of another contract with a list of self-describing arguments, and copies its encoded results to
    /// `dst` as `field_get` does. The callee gets at most `gas_limit` gas (0: no limit of its own) and 63 of 64 parts of
    /// what is left. A negative result is the callee's error; everything that it did is undone, and its value is back.
    fn call(contract: Ptr, function: Ptr, function_len: Len, args: Ptr, args_len: Len, value: Amount, gas_limit: Amount,
            dst: Dst, cap: Len) -> Length = call, reads,
        errors ContractNotFound FunctionNotFound InvalidArgument InsufficientFunds Reentrant LimitExceeded NotPayable ReadOnly;

    /// Copies what did not fit the last `field_get`, `field_next` or `call` to `dst`, at most `len` bytes, and forgets it.
    fn take(dst: Dst, len: Len) -> Code = call, reads, errors InvalidArgument;

    /// Copies the message of the last error that a host function returned to `dst`, cut at `cap` bytes, and returns the
    /// number of bytes copied.
    fn last_error(dst: Dst, cap: Len) -> Length = call, reads;

    /// Returns the gas that is left.
    fn gas_left() -> Amount = call, reads;

    /// Writes the SHA-256 hash (FIPS 180-4) of `len` bytes to `dst`: 32 bytes.
    fn sha256(ptr: Ptr, len: Len, dst: Dst) -> Nothing = crypto, reads;

    /// Writes the Keccak-256 hash of `len` bytes to `dst`, with the padding of Keccak's submission, which Ethereum uses, not
    /// that of SHA-3: 32 bytes.
    fn keccak256(ptr: Ptr, len: Len, dst: Dst) -> Nothing = crypto, reads;

    /// Writes the BLAKE2b hash (RFC 7693, no key, 32 bytes long) of `len` bytes to `dst`.
    fn blake2b_256(ptr: Ptr, len: Len, dst: Dst) -> Nothing = crypto, reads;

    /// Writes the BLAKE2b hash (RFC 7693, no key, 64 bytes long) of `len` bytes to `dst`.
    fn blake2b_512(ptr: Ptr, len: Len, dst: Dst) -> Nothing = crypto, reads;

    /// Returns 1 if the signature (64 bytes) of a message is that of the Ed25519 key (32 bytes), by RFC 8032 without a
    /// cofactor. A key or a signature that is not encoded in the canonical way, or whose point is of small order, is none.
    fn ed25519_verify(key: Ptr, message: Ptr, message_len: Len, signature: Ptr) -> Flag = crypto, reads;

    /// Returns 1 if the signature (r and s, 32 big-endian bytes each) of a hash (32 bytes) is that of the secp256k1 key, which
    /// is a point of 33 (compressed) or 65 bytes. An s in the upper half of the group's order is refused.
    fn secp256k1_verify(key: Ptr, key_len: Len, hash: Ptr, signature: Ptr) -> Flag = crypto, reads;

    /// Writes the secp256k1 key that made a signature (r and s, 32 big-endian bytes each) of a hash (32 bytes) to `dst` and
    /// returns 1, or returns 0 if there is none. The key is an uncompressed point of 65 bytes. The recovery id is 0 to 3:
    /// bit 0 says that y of the signature's point is odd, bit 1 that its x was at least the group's order. An s in the upper
    /// half of the order is refused.
    fn secp256k1_recover(hash: Ptr, signature: Ptr, recovery_id: Number, dst: Dst) -> Flag = crypto, reads;
}

/// How results cross the border, one function for each kind of [`Returns`].
struct Answer;

#[allow(non_snake_case, reason = "named like the kinds that they answer with")]
impl Answer {
    fn Nothing(cx: &mut Cx<'_>, result: Result<(), Stop>) -> Result<(), Unwind> {
        result.map_err(|stop| cx.end(stop))
    }

    fn Code(cx: &mut Cx<'_>, result: Result<(), Stop>) -> Result<i32, Unwind> {
        match result {
            Ok(()) => Ok(0),
            Err(stop) => cx.refused(stop).map(|code| code as i32),
        }
    }

    fn Length(cx: &mut Cx<'_>, result: Result<usize, Stop>) -> Result<i64, Unwind> {
        match result {
            Ok(length) => Ok(length as i64),
            Err(stop) => cx.refused(stop).map(|code| -i64::from(code)),
        }
    }

    fn Flag(cx: &mut Cx<'_>, result: Result<bool, Stop>) -> Result<i32, Unwind> {
        result.map(i32::from).map_err(|stop| cx.end(stop))
    }

    fn Amount(cx: &mut Cx<'_>, result: Result<u64, Stop>) -> Result<u64, Unwind> {
        result.map_err(|stop| cx.end(stop))
    }
}

impl Cx<'_> {
    /// Keeps the message of a refusal for `last_error`; the number of its code.
    fn refused(&mut self, stop: Stop) -> Result<u32, Unwind> {
        match stop {
            Stop::Refused(error) => {
                let code = error.code.number();
                if let Some(call) = &mut self.host.call {
                    call.last_error = error.message;
                }
                Ok(code)
            }
            ended @ Stop::Ended(_) => Err(self.end(ended)),
        }
    }

    /// Whether the function may run now: not while the module initialises, and no write in a view.
    fn permit(&mut self, writes: bool) -> Result<(), Stop> {
        match &self.host.call {
            None => Err(Stop::end(ErrorCode::InitializationFailed, "the module called the host while it initialised")),
            Some(call) if writes && call.frame.read_only => {
                Err(Stop::refuse(ErrorCode::ReadOnly, "a view function may not change the state"))
            }
            Some(_) => Ok(()),
        }
    }
}
