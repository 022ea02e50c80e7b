//! Rules against the real kernel, in network namespaces of their own.

mod nft;
