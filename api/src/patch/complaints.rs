//! What is odd about the text of a patch, and no reason not to apply it.

use crate::decode::{MAX_COMPLAINTS, shown, with_duplicates};
use crate::request::PatchType;

/// What an operation of a JSON patch may hold.
const MEMBERS: [&str; 4] = ["op", "path", "from", "value"];

/// Keys that are there twice, and members that no operation has, in upstream's words; none where `body` is no JSON.
pub fn complaints(form: PatchType, body: &[u8]) -> Vec<String> {
    let Some((patch, duplicates)) = with_duplicates(body) else { return Vec::new() };
    let duplicates = duplicates.into_iter().map(|path| format!("duplicate field {path:?}"));
    if form != PatchType::Json {
        return duplicates.collect();
    }
    let operations = patch.as_array().into_iter().flatten().enumerate();
    let members =
        operations.flat_map(|(at, operation)| operation.as_object().into_iter().flatten().map(move |(name, _)| (at, name)));
    let unknown = members
        .filter(|(_, name)| !MEMBERS.contains(&name.as_str()))
        .map(|(at, name)| format!("unknown field {:?}", format!("[{at}].{}", shown(name))));
    duplicates.chain(unknown).take(MAX_COMPLAINTS).map(|complaint| format!("json patch {complaint}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_there_twice_are_told_with_their_path() {
        let told = complaints(PatchType::Merge, br#"{"spec":{"replicas":1,"replicas":2},"a":[{"b":1,"b":2}]}"#);
        assert_eq!(told, [r#"duplicate field "spec.replicas""#, r#"duplicate field "a[0].b""#]);
        assert!(complaints(PatchType::Strategic, br#"{"spec":{"replicas":1}}"#).is_empty());
        assert!(complaints(PatchType::Merge, b"{").is_empty());
    }

    #[test]
    fn an_operation_holds_nothing_but_its_members() {
        let told = complaints(PatchType::Json, br#"[{"op":"test","op":"add","path":"/a","value":{"x":1},"why":2}]"#);
        assert_eq!(told, [r#"json patch duplicate field "[0].op""#, r#"json patch unknown field "[0].why""#]);
    }
}
