//! Bounds on what one call may put into the state or a receipt. Each is part of the protocol: changing one changes results.

/// Longest field name, in bytes. With the object id it must fit an LMDB key (511 bytes), with room for future prefixes.
pub const MAX_FIELD_NAME_BYTES: usize = 128;

/// Longest field value, in bytes. A larger value belongs in several fields: a write costs its whole length every time.
pub const MAX_FIELD_VALUE_BYTES: usize = 256 * 1024;

/// Most fields of one object. Deleting an object deletes them all, which a call must be able to pay for.
pub const MAX_FIELDS_PER_OBJECT: u32 = 1 << 20;

/// Longest event name, in bytes: a name, not a message.
pub const MAX_EVENT_NAME_BYTES: usize = 64;

/// Longest data of one event, in bytes. Events are kept with the receipts for ever.
pub const MAX_EVENT_DATA_BYTES: usize = 16 * 1024;

/// Most events of one call, nested calls included.
pub const MAX_EVENTS_PER_CALL: usize = 1024;

/// Longest error message of a contract, in bytes: enough for a sentence, too little for a dump.
pub const MAX_MESSAGE_BYTES: usize = 4096;

/// Longest encoded arguments of a call, in bytes.
pub const MAX_ARGS_BYTES: usize = 1024 * 1024;

/// Longest encoded result of a call, in bytes.
pub const MAX_OUTPUT_BYTES: usize = 1024 * 1024;
