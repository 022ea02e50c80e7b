use kontiki_cel::{Access, Authorizer, Bindings, Budget, Decision, Environment, Opaque, Program, Type, Value};

/// Allows `get` of pods in `default`, `/healthz`, and whatever the service account `ns/sa` asks.
#[derive(Debug)]
struct Some;

impl Authorizer for Some {
    fn check(&self, service_account: Option<(&str, &str)>, access: &Access) -> Decision {
        let allowed = match access {
            _ if service_account == Option::Some(("ns", "sa")) => true,
            Access::Path { path, verb } => path == "/healthz" && verb == "get",
            Access::Resource { resource, namespace, verb, label_selector, .. } => {
                resource == "pods"
                    && verb == "get"
                    && (namespace == "default" || label_selector.as_deref() == Option::Some("a=b"))
            }
        };
        let error = matches!(access, Access::Resource { resource, .. } if resource == "broken").then(|| "no answer".to_string());
        Decision { allowed, reason: "because".into(), error }
    }
}

fn holds(source: &str) -> Result<bool, String> {
    let environment = Environment::new()
        .declare("authorizer", Type::Opaque(Opaque::Authorizer))
        .declare("authorizer.requestResource", Type::Opaque(Opaque::ResourceCheck));
    let program = Program::compile(source, &environment).map_err(|issues| issues[0].message.clone())?;
    let access = Access::Resource {
        group: String::new(),
        resource: "pods".into(),
        subresource: String::new(),
        namespace: "default".into(),
        name: "web".into(),
        verb: String::new(),
        field_selector: None,
        label_selector: None,
    };
    let bindings = Bindings::new()
        .bind("authorizer", Value::authorizer(&Some))
        .bind("authorizer.requestResource", Value::resource_check(&Some, access));
    let result = program.evaluate(&bindings, &mut Budget::per_call()).map_err(|error| error.to_string())?;
    Ok(result.as_bool().unwrap())
}

#[test]
fn checks_ask_the_authorizer() {
    for source in [
        "authorizer.group('').resource('pods').namespace('default').check('get').allowed()",
        "authorizer.group('').resource('pods').namespace('default').check('get').reason() == 'because'",
        "authorizer.path('/healthz').check('get').allowed()",
        "authorizer.requestResource.check('get').allowed()",
        "authorizer.serviceAccount('ns', 'sa').group('apps').resource('deployments').subresource('scale').name('x').check('update').allowed()",
        "authorizer.group('').resource('broken').check('get').errored()",
        "authorizer.group('').resource('broken').check('get').error() == 'no answer'",
        "authorizer.group('').resource('pods').labelSelector('a=b').fieldSelector('c=d').check('get').allowed()",
    ] {
        assert_eq!(holds(source), Ok(true), "{source}");
    }
    assert_eq!(holds("authorizer.group('').resource('pods').namespace('other').check('get').allowed()"), Ok(false));
    assert_eq!(holds("authorizer.path(' ').check('get').allowed()"), Err("path must not be empty".into()));
    assert_eq!(
        holds("authorizer.serviceAccount('N', 'x').path('/').check('get').allowed()"),
        Err("Invalid service account namespace".into())
    );
    assert!(holds("authorizer.resource('pods')").is_err());
}

#[test]
fn an_expression_can_afford_two_checks() {
    let check = "authorizer.path('/healthz').check('get').allowed()";
    assert_eq!(holds(&format!("{check} && {check}")), Ok(true));
    assert_eq!(holds(&format!("{check} && {check} && {check}")), Err("operation cancelled: actual cost limit exceeded".into()));
}
