//! Single rights, put together again for people to read.

use std::collections::HashMap;

use super::Rule;

/// The same rights in fewer rules, as upstream puts them together: rules about one resource of one group, and about no name or the same one,
/// become one rule with all their verbs. The others stay as they are.
pub fn compact(rules: Vec<Rule>) -> Vec<Rule> {
    let (mut compacted, mut places) = (Vec::<Rule>::new(), HashMap::new());
    for rule in rules {
        if !is_simple(&rule) {
            compacted.push(rule);
            continue;
        }
        let about = (rule.api_groups.clone(), rule.resources.clone(), rule.resource_names.clone());
        match places.get(&about).and_then(|place: &usize| compacted.get_mut(*place)) {
            Some(known) => {
                let new: Vec<_> = rule.verbs.into_iter().filter(|verb| !known.verbs.contains(verb)).collect();
                known.verbs.extend(new);
            }
            None => {
                places.insert(about, compacted.len());
                compacted.push(rule);
            }
        }
    }
    compacted
}

const fn is_simple(rule: &Rule) -> bool {
    rule.api_groups.len() == 1 && rule.resources.len() == 1 && rule.resource_names.len() <= 1 && rule.non_resource_urls.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json};

    fn rules(rules: Value) -> Vec<Rule> {
        from_value(rules).unwrap()
    }

    #[test]
    fn rights_on_the_same_thing_become_one_rule() {
        let single = rules(json!([
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]},
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]},
            {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
            {"verbs": ["list", "get"], "apiGroups": [""], "resources": ["pods"]},
            {"verbs": ["get"], "apiGroups": ["", "apps"], "resources": ["pods"]},
        ]));
        let together = rules(json!([
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]},
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]},
            {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
            {"verbs": ["get"], "apiGroups": ["", "apps"], "resources": ["pods"]},
        ]));
        assert_eq!(compact(single), together);
    }
}
