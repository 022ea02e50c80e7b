//! Fields that a path never changes, so that nobody comes to own them there.

use kontiki_api::apply::{Path, Reset, Set};
use kontiki_api::kind::Kind;

use crate::prepare::Part;

/// What a write of `part` leaves alone.
pub(crate) fn reset_of(kind: &Kind, part: Part) -> Reset {
    match part {
        Part::Object if kind.subresource("status").is_some() => Reset::These(Set::of(&[Path::of_fields(&["status"])])),
        Part::Status => {
            let meta = kind.status_takes.iter().map(|field| Path::of_fields(&["metadata", field]));
            Reset::AllBut(Set::of(&meta.chain([Path::of_fields(&["status"])]).collect::<Vec<_>>()))
        }
        Part::Object | Part::Places | Part::Own => Reset::These(Set::default()),
    }
}

/// What a subresource that may change only some places leaves alone.
pub(crate) fn all_but(places: &[(&str, &str)]) -> Reset {
    let paths: Vec<Path> = places.iter().map(|(outer, inner)| Path::of_fields(&[outer, inner])).collect();
    Reset::AllBut(Set::of(&paths))
}
