//! What is odd about the text of a patch, and no reason not to apply it.

use serde_json::Value;

use super::PatchError;
use crate::decode::{MAX_COMPLAINTS, shown, with_duplicates};
use crate::go;
use crate::request::PatchType;

/// What an operation of a JSON patch may hold.
const MEMBERS: [&str; 4] = ["op", "path", "from", "value"];

/// Keys that are there twice, and members that no operation has, in upstream's words.
///
/// # Errors
/// Where `body` is no patch of this form, or operations say what is no text where there must be one.
pub fn complaints(form: PatchType, body: &[u8]) -> Result<Vec<String>, PatchError> {
    let wrong =
        |why: String| PatchError::Decode(if form == PatchType::Strategic { why } else { format!("error decoding patch: {why}") });
    let Some((patch, duplicates)) = with_duplicates(body) else {
        // What only our reader does not understand is told when it is applied.
        return go::syntax_fault(body).or_else(|| too_large(form, body)).map_or(Ok(Vec::new()), |why| Err(wrong(why)));
    };
    let duplicates = duplicates.into_iter().map(|path| format!("duplicate field {path:?}"));
    if form != PatchType::Json {
        let fits = patch.is_object() || patch.is_null();
        return if fits { Ok(duplicates.collect()) } else { Err(wrong(misfit(&patch, "value of type map[string]interface {}"))) };
    }
    if let Some(why) = misfit_of(&patch) {
        return Err(wrong(why));
    }
    let operations = patch.as_array().into_iter().flatten().enumerate();
    let members =
        operations.flat_map(|(at, operation)| operation.as_object().into_iter().flatten().map(move |(name, _)| (at, name)));
    let unknown = members
        .filter(|(_, name)| !MEMBERS.contains(&name.as_str()))
        .map(|(at, name)| format!("unknown field {:?}", format!("[{at}].{}", shown(name))));
    Ok(duplicates.chain(unknown).take(MAX_COMPLAINTS).map(|complaint| format!("json patch {complaint}")).collect())
}

/// What is told of a number that no float holds.
fn too_large(form: PatchType, body: &[u8]) -> Option<String> {
    let place = if form == PatchType::Json { "struct field jsonPatchOp.value" } else { "value" };
    go::huge_number(body).map(|number| format!("json: cannot unmarshal number {number} into Go {place} of type float64"))
}

fn misfit(found: &Value, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go {wanted}", go::type_of(found))
}

/// The first part of a JSON patch that is of the wrong type.
fn misfit_of(patch: &Value) -> Option<String> {
    let Some(operations) = patch.as_array() else {
        return (!patch.is_null()).then(|| misfit(patch, "value of type []handlers.jsonPatchOp"));
    };
    operations.iter().find_map(|operation| {
        let Some(members) = operation.as_object() else {
            return (!operation.is_null()).then(|| misfit(operation, "value of type handlers.jsonPatchOp"));
        };
        let mut texts = members.iter().filter(|(name, _)| matches!(name.as_str(), "op" | "path" | "from"));
        let (name, found) = texts.find(|(_, value)| !value.is_string() && !value.is_null())?;
        Some(misfit(found, &format!("struct field jsonPatchOp.{name} of type string")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_there_twice_are_told_with_their_path() {
        let told = complaints(PatchType::Merge, br#"{"spec":{"replicas":1,"replicas":2},"a":[{"b":1,"b":2}]}"#).unwrap();
        assert_eq!(told, [r#"duplicate field "spec.replicas""#, r#"duplicate field "a[0].b""#]);
        assert!(complaints(PatchType::Strategic, br#"{"spec":{"replicas":1}}"#).unwrap().is_empty());
    }

    #[test]
    fn an_operation_holds_nothing_but_its_members() {
        let told = complaints(PatchType::Json, br#"[{"op":"test","op":"add","path":"/a","value":{"x":1},"why":2}]"#).unwrap();
        assert_eq!(told, [r#"json patch duplicate field "[0].op""#, r#"json patch unknown field "[0].why""#]);
    }

    #[test]
    fn a_body_that_is_no_patch_is_refused_in_upstreams_words() {
        let refused = |form, body: &str| complaints(form, body.as_bytes()).unwrap_err().to_string();
        for (form, body, why) in [
            (PatchType::Merge, "{", "error decoding patch: unexpected end of JSON input"),
            (
                PatchType::Merge,
                "[]",
                "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
            ),
            (
                PatchType::Merge,
                r#"{"a":1E400}"#,
                "error decoding patch: json: cannot unmarshal number 1E400 into Go value of type float64",
            ),
            (PatchType::Strategic, "1", "json: cannot unmarshal number into Go value of type map[string]interface {}"),
            (
                PatchType::Json,
                "{}",
                "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
            ),
            (
                PatchType::Json,
                "[1]",
                "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
            ),
            (
                PatchType::Json,
                r#"[{"op":1}]"#,
                "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
            ),
        ] {
            assert_eq!(refused(form, body), why);
        }
        assert!(complaints(PatchType::Json, br#"[null,{"op":null,"path":null}]"#).unwrap().is_empty());
    }
}
