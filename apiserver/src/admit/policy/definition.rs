//! A policy as it is evaluated: expressions compiled, selectors read.

use kontiki_api::kind::{FieldError, FieldErrorType, MAX_VARIABLES};
use kontiki_cel::{Environment, Opaque, Schema, Type};
use serde_json::Value;

use super::expression::Expression;
use super::facts_types::{namespace, request};
use super::matching::MatchResources;
use crate::admit::fields::{items, text};

/// A policy of either kind.
#[derive(Debug)]
pub(in crate::admit) struct Definition {
    pub(super) name: String,
    /// What it is about.
    pub(super) constraints: MatchResources,
    /// Whether a fault refuses the request (`failurePolicy: Fail`).
    pub(super) fails: bool,
    /// API version and kind of its parameters.
    pub(super) param_kind: Option<(String, String)>,
    /// Under which it applies, with their names.
    pub(super) conditions: Vec<(String, Expression)>,
    /// By their names in expressions, `variables.x`.
    pub(super) variables: Vec<(String, Expression)>,
    pub(super) validations: Vec<Validation>,
    /// With their keys. They must give text or null.
    pub(super) annotations: Vec<(String, Expression)>,
    pub(super) mutations: Vec<Mutation>,
    /// Runs again where something behind it changed the object.
    pub(super) reinvoked: bool,
}

/// One validation.
#[derive(Debug)]
pub(super) struct Validation {
    pub expression: Expression,
    pub message: String,
    pub message_expression: Option<Expression>,
    /// `metav1.StatusReason`; empty for the default.
    pub reason: String,
}

/// One mutation.
#[derive(Debug)]
pub(super) struct Mutation {
    pub expression: Expression,
    /// Whether it gives a list of JSON patches rather than a part of the object.
    pub is_patch: bool,
}

impl Definition {
    /// Reads a policy of either kind.
    pub fn read(policy: &Value) -> Self {
        Self::compile(policy, None, None)
    }

    /// The same, where objects are known to be of the type `objects`, and parameters perhaps of `params`: finds what is
    /// wrong about them.
    pub(super) fn for_objects(policy: &Value, objects: Schema, params: Option<Schema>) -> Self {
        Self::compile(policy, Some(objects), params)
    }

    fn compile(policy: &Value, objects: Option<Schema>, params: Option<Schema>) -> Self {
        let param_kind = policy.pointer("/spec/paramKind").filter(|kind| !kind.is_null());
        let quiet = environment(param_kind.is_some(), objects, params);
        let base = with_authorizer(quiet.clone());
        let named = |pointer: &str, environment: &Environment, wanted: &[Type]| -> Vec<(String, Expression)> {
            let named = items(policy, pointer).iter();
            named
                .map(|item| (text(item, "/name").into(), Expression::compile(text(item, "/expression"), environment, wanted)))
                .collect()
        };
        let conditions = named("/spec/matchConditions", &base, &[Type::Bool]);
        let (variables, full) = variables(policy, base.declare_namespace("variables"));
        // Messages ask nobody what the user may do.
        let told = variables
            .iter()
            .fold(quiet.declare_namespace("variables"), |told, (name, expression)| told.declare(name, expression.output_type()));
        let annotations = items(policy, "/spec/auditAnnotations").iter().map(|item| {
            let expression = Expression::compile(text(item, "/valueExpression"), &full, &[Type::String, Type::Null]);
            (text(item, "/key").into(), expression)
        });
        Self {
            name: text(policy, "/metadata/name").into(),
            constraints: MatchResources::read(policy.pointer("/spec/matchConstraints")),
            fails: text(policy, "/spec/failurePolicy") != "Ignore",
            param_kind: param_kind.map(|kind| (text(kind, "/apiVersion").into(), text(kind, "/kind").into())),
            conditions,
            annotations: annotations.collect(),
            validations: items(policy, "/spec/validations").iter().map(|item| Validation::read(item, &full, &told)).collect(),
            mutations: items(policy, "/spec/mutations").iter().map(|item| Mutation::read(item, &full)).collect(),
            variables,
            reinvoked: text(policy, "/spec/reinvocationPolicy") == "IfNeeded",
        }
    }

    /// What does not compile of the validations.
    pub(super) fn validation_faults(&self) -> Vec<FieldError> {
        self.faults().into_iter().filter(|fault| fault.field.starts_with("spec.validations")).collect()
    }

    /// What does not compile.
    pub(super) fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut note = |field: String, expression: &Expression| {
            if let Some(fault) = expression.fault() {
                let (value, detail) = (format!("{:?}", expression.source), fault.to_owned());
                faults.push(FieldError { r#type: FieldErrorType::Invalid, field, value, detail });
            }
        };
        let lists = [("matchConditions", &self.conditions), ("variables", &self.variables)];
        for (list, at, expression) in
            lists.iter().flat_map(|(list, named)| named.iter().enumerate().map(move |(at, (_, e))| (list, at, e)))
        {
            note(format!("spec.{list}[{at}].expression"), expression);
        }
        for (at, (_, expression)) in self.annotations.iter().enumerate() {
            note(format!("spec.auditAnnotations[{at}].valueExpression"), expression);
        }
        for (at, validation) in self.validations.iter().enumerate() {
            note(format!("spec.validations[{at}].expression"), &validation.expression);
            if let Some(expression) = &validation.message_expression {
                note(format!("spec.validations[{at}].messageExpression"), expression);
            }
        }
        for (at, mutation) in self.mutations.iter().enumerate() {
            let field = if mutation.is_patch { "jsonPatch" } else { "applyConfiguration" };
            note(format!("spec.mutations[{at}].{field}.expression"), &mutation.expression);
        }
        faults
    }
}

/// What every expression of a policy may speak of; objects and parameters are anything, where their type is not told.
fn environment(has_params: bool, objects: Option<Schema>, params: Option<Schema>) -> Environment {
    let environment = ["object", "oldObject"].iter().fold(Environment::new(), |environment, name| match &objects {
        Some(objects) => environment.declare_schema(name, objects.clone()),
        None => environment.declare(name, Type::Dyn),
    });
    let environment = environment.declare_schema("request", request()).declare_schema("namespaceObject", namespace());
    match params {
        Some(params) if has_params => environment.declare_schema("params", params),
        None if has_params => environment.declare("params", Type::Dyn),
        _ => environment,
    }
}

fn with_authorizer(environment: Environment) -> Environment {
    let environment = environment.declare("authorizer", Type::Opaque(Opaque::Authorizer));
    environment.declare("authorizer.requestResource", Type::Opaque(Opaque::ResourceCheck))
}

/// The policy's variables, as many as a policy may have, each seeing those before it, and the environment with all of them.
fn variables(policy: &Value, mut environment: Environment) -> (Vec<(String, Expression)>, Environment) {
    let mut variables = Vec::new();
    for item in items(policy, "/spec/variables").iter().take(MAX_VARIABLES) {
        let name = format!("variables.{}", text(item, "/name"));
        let expression = Expression::compile(text(item, "/expression"), &environment, &[]);
        environment = environment.declare(&name, expression.output_type());
        variables.push((name, expression));
    }
    (variables, environment)
}

impl Validation {
    fn read(item: &Value, environment: &Environment, told: &Environment) -> Self {
        let message = text(item, "/messageExpression");
        Self {
            expression: Expression::compile(text(item, "/expression"), environment, &[Type::Bool]),
            message: text(item, "/message").into(),
            message_expression: (!message.is_empty()).then(|| Expression::compile(message, told, &[Type::String])),
            reason: text(item, "/reason").into(),
        }
    }
}

impl Mutation {
    fn read(item: &Value, environment: &Environment) -> Self {
        let is_patch = text(item, "/patchType") == "JSONPatch";
        let source = text(item, if is_patch { "/jsonPatch/expression" } else { "/applyConfiguration/expression" });
        Self { expression: Expression::compile(source, &environment.clone().with_mutation_types(), &[]), is_patch }
    }
}
