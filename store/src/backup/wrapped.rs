use std::num::NonZeroU32;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::BackupError;

/// Rounds of key derivation: what guessing one passphrase costs.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(599_999);

/// Bytes under AES-256-GCM, by a key derived from a passphrase with PBKDF2-HMAC-SHA256.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wrapped {
    rounds: NonZeroU32,
    salt: [u8; 16],
    nonce: [u8; NONCE_LEN],
    sealed: Vec<u8>,
}

impl Wrapped {
    /// Wraps `plain`.
    pub fn wrap(plain: Vec<u8>, passphrase: &str) -> Result<Self, BackupError> {
        let random = SystemRandom::new();
        let (mut salt, mut nonce, mut sealed) = ([0; 16], [0; NONCE_LEN], plain);
        random.fill(&mut salt).and_then(|()| random.fill(&mut nonce)).map_err(|_| BackupError::Crypto)?;
        let key = key(passphrase, &salt, ROUNDS).ok_or(BackupError::Crypto)?;
        let at = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(at, Aad::empty(), &mut sealed).map_err(|_| BackupError::Crypto)?;
        Ok(Self { rounds: ROUNDS, salt, nonce, sealed })
    }

    /// What was wrapped.
    pub fn open(mut self, passphrase: &str) -> Result<Vec<u8>, BackupError> {
        let key = key(passphrase, &self.salt, self.rounds).ok_or(BackupError::Crypto)?;
        let at = Nonce::assume_unique_for_key(self.nonce);
        let opened = key.open_in_place(at, Aad::empty(), &mut self.sealed).map_err(|_| BackupError::Passphrase)?;
        Ok(opened.to_vec())
    }
}

fn key(passphrase: &str, salt: &[u8], rounds: NonZeroU32) -> Option<LessSafeKey> {
    let mut bytes = [0; 32];
    derive(PBKDF2_HMAC_SHA256, rounds, salt, passphrase.as_bytes(), &mut bytes);
    UnboundKey::new(&AES_256_GCM, &bytes).ok().map(LessSafeKey::new)
}
