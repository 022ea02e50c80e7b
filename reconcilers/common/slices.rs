//! Bringing the slices that are there to those that are wanted, with as few writes as may be.

use kontiki_api::view::EndpointSlice;
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::json;

use super::intents::{delete, merge};

/// The writes that make `found` into `wanted`: what fits stays, what is of the same address type is changed, the rest
/// is made by `create` (with its place among the new ones) or deleted.
pub(crate) fn bring<'w>(
    found: impl Iterator<Item = &'w Seen<EndpointSlice>>,
    mut wanted: Vec<EndpointSlice>,
    create: impl Fn(usize, &EndpointSlice) -> Intent,
) -> Vec<Intent> {
    let mut spare: Vec<&Seen<EndpointSlice>> = Vec::new();
    for slice in found {
        match wanted.iter().position(|wanted| *wanted == **slice) {
            Some(at) => drop(wanted.remove(at)),
            None => spare.push(slice),
        }
    }
    let (mut intents, mut made) = (Vec::new(), 0);
    for slice in wanted {
        match spare.iter().position(|spare| spare.address_type == slice.address_type) {
            Some(at) => {
                let body = json!({ "endpoints": slice.endpoints, "ports": slice.ports });
                intents.push(merge(spare.remove(at).precondition(), body));
            }
            None => {
                intents.push(create(made, &slice));
                made += 1;
            }
        }
    }
    intents.extend(spare.into_iter().map(|slice| delete(slice.precondition())));
    intents
}
