//! The chance that the standard library and tokio ask the system for, from a seed: hash maps are walked, and waiting
//! tasks woken, in an order that hangs on it.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::dice::Dice;

/// The state of the seeded source; 0 while the system's own is asked.
static STATE: AtomicU64 = AtomicU64::new(0);

/// From now on chance comes from `seed`, in the whole process. One process makes one run: what has been drawn before
/// cannot be taken back.
pub fn seed(seed: u64) {
    STATE.store(seed | 1, Ordering::SeqCst);
}

/// Stands in for the C library's function; the standard library looks for one that does so.
///
/// # Safety
/// `buffer` must point to `length` bytes that may be written.
#[allow(unsafe_code, reason = "the C library's signature, which the standard library's source of chance calls")]
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
    let mut bytes = vec![0; length];
    let state = STATE.load(Ordering::SeqCst);
    if state == 0 {
        let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
        if read.is_err() {
            return -1;
        }
    } else {
        let mut dice = Dice::new(state);
        bytes.iter_mut().for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap_or_default());
        STATE.store(dice.number() | 1, Ordering::SeqCst);
    }
    // SAFETY: the caller vouches for `length` bytes, and no other code knows them yet.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, length) };
    isize::try_from(length).unwrap_or(-1)
}

/// What the first panic said.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// From now on panics are noted, wherever they happen: tasks that panic would be forgotten.
pub fn catch_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANIC.lock().get_or_insert_with(|| info.to_string());
        before(info);
    }));
}

/// What the first panic said, where there was one.
pub fn panicked() -> Option<String> {
    PANIC.lock().clone()
}
