use ring::aead::{AES_256_GCM, NONCE_LEN};

use super::root::KEY_LEN;

/// Under a key derived from the cluster's first: nonce, ciphertext.
const DERIVED: u8 = 1;
/// Under a key of its own: number of the cluster's key, nonce and wrapped key, nonce and ciphertext.
const WRAPPED: u8 = 2;
/// What stands for a value whose key was destroyed.
pub(crate) const DESTROYED: &[u8] = &[3];

/// Bytes of a wrapped key: the key and a tag.
const WRAPPED_LEN: usize = KEY_LEN + 16;

/// A sealed value, taken apart.
pub(super) enum Sealed<'a> {
    /// Of the first format.
    Derived {
        /// Of the ciphertext.
        nonce: [u8; NONCE_LEN],
        /// The ciphertext.
        text: &'a [u8],
    },
    /// Under a key of its own.
    Wrapped {
        /// Which of the cluster's keys wraps it.
        root: u32,
        /// Of the wrapped key.
        key_nonce: [u8; NONCE_LEN],
        /// The wrapped key.
        key: &'a [u8],
        /// Of the ciphertext.
        nonce: [u8; NONCE_LEN],
        /// The ciphertext.
        text: &'a [u8],
    },
    /// Its key was destroyed.
    Destroyed,
}

impl<'a> Sealed<'a> {
    /// Takes a sealed value apart; `None` where it is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        debug_assert_eq!(AES_256_GCM.tag_len() + KEY_LEN, WRAPPED_LEN);
        let (format, rest) = bytes.split_first()?;
        match *format {
            DERIVED => {
                let (nonce, text) = rest.split_first_chunk()?;
                Some(Self::Derived { nonce: *nonce, text })
            }
            WRAPPED => {
                let (root, rest) = rest.split_first_chunk()?;
                let (key_nonce, rest) = rest.split_first_chunk()?;
                let (key, rest) = rest.split_at_checked(WRAPPED_LEN)?;
                let (nonce, text) = rest.split_first_chunk()?;
                Some(Self::Wrapped { root: u32::from_le_bytes(*root), key_nonce: *key_nonce, key, nonce: *nonce, text })
            }
            _ if is_destroyed(bytes) => Some(Self::Destroyed),
            _ => None,
        }
    }
}

/// Whether the key of a sealed value was destroyed.
pub(crate) fn is_destroyed(bytes: &[u8]) -> bool {
    bytes == DESTROYED
}

/// Puts a sealed value together.
pub(super) fn write(root: u32, key_nonce: [u8; NONCE_LEN], key: &[u8], nonce: [u8; NONCE_LEN], text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + 4 + 2 * NONCE_LEN + key.len() + text.len());
    out.push(WRAPPED);
    for part in [&root.to_le_bytes()[..], &key_nonce, key, &nonce, text] {
        out.extend_from_slice(part);
    }
    out
}
