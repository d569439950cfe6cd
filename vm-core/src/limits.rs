//! Bounds on what one call may put into the state or a receipt. Each is part of the protocol: changing one changes results.

/// A bound, as data: what Go's constants are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The constant's name; it ends with the unit where that is not pieces.
    pub name: &'static str,
    /// The largest value that is allowed.
    pub value: u64,
    /// What is bounded and why.
    pub docs: &'static str,
}

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $ty:ty = $value:expr;)*) => {
        $($(#[doc = $doc])+ pub const $name: $ty = $value;)*

        /// Every bound of this module.
        pub const ALL: &[Limit] =
            &[$(Limit { name: stringify!($name), value: $name as u64, docs: concat!($($doc, "\n"),+) }),*];
    };
}

limits! {
    /// Longest field name, in bytes. With the object id it must fit an LMDB key (511 bytes), with room for future prefixes.
    MAX_FIELD_NAME_BYTES: usize = 128;

    /// Longest field value, in bytes. A larger value belongs in several fields: a write costs its whole length every time.
    MAX_FIELD_VALUE_BYTES: usize = 256 * 1024;

    /// Most fields of one object. Deleting an object deletes them all, which a call must be able to pay for.
    MAX_FIELDS_PER_OBJECT: u32 = 1 << 20;

    /// Most bytes of field names and values that one call may write, nested calls included and writes that failed calls
    /// undid not. Until the call ends they are held in memory twice: to be read, and to be undone.
    MAX_FIELD_BYTES_PER_CALL: usize = 16 * 1024 * 1024;

    /// Longest event name, in bytes: a name, not a message.
    MAX_EVENT_NAME_BYTES: usize = 64;

    /// Longest data of one event, in bytes. Events are kept with the receipts for ever.
    MAX_EVENT_DATA_BYTES: usize = 16 * 1024;

    /// Most events of one call, nested calls included.
    MAX_EVENTS_PER_CALL: usize = 1024;

    /// Most bytes of event names and data of one call, nested calls included: a receipt is stored and read in one piece.
    MAX_EVENT_BYTES_PER_CALL: usize = 1024 * 1024;

    /// Most calls that may be nested in each other, the outermost counted: each takes an instance and a native stack.
    MAX_CALL_DEPTH: usize = 16;

    /// Longest function name that a nested call may ask for, in bytes.
    MAX_FUNCTION_NAME_BYTES: usize = 256;

    /// Longest error message of a contract, in bytes: enough for a sentence, too little for a dump.
    MAX_MESSAGE_BYTES: usize = 4096;

    /// Longest encoded arguments of a call, in bytes: they are held in memory more than once; more belongs into the state.
    MAX_ARGS_BYTES: usize = 1024 * 1024;

    /// Longest encoded result of a call, in bytes: it becomes part of the receipt.
    MAX_OUTPUT_BYTES: usize = 1024 * 1024;
}
