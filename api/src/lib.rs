//! Kinds as rows, metadata, quantities, selectors, patches, schemas: no I/O, no async.
