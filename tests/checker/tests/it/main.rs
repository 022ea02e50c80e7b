//! Hand-made histories, good and bad, and random ones beside a checker that tries every order.

#[cfg(test)]
mod brute;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod many;
#[cfg(test)]
mod random;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod sets;
#[cfg(test)]
mod watches;
