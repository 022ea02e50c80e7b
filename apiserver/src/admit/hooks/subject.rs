//! One request as webhooks see it.

use std::sync::Arc;

use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde_json::Value;

use super::form::Form;
use super::options::Options;
use crate::admit::Operation;
use crate::custom;
use crate::server::Server;
use crate::write::Context;

/// One request as webhooks and their rules see it.
pub(crate) struct Subject<'a> {
    /// The server.
    pub server: &'a Server,
    /// What is done.
    pub operation: Operation,
    /// The row of the path.
    pub kind: &'a Arc<Kind>,
    /// The row that the object at hand is of.
    pub stored: Arc<Kind>,
    /// The path.
    pub target: &'a Target,
    /// Who asks.
    pub user: &'a User,
    /// Whether nothing will be stored.
    pub dry_run: bool,
    /// What the client said of how to do it.
    pub options: Options<'a>,
    /// What is sent about the object.
    pub form: Form,
}

impl<'a> Subject<'a> {
    /// The write of `ctx`.
    pub fn of(ctx: &Context<'a>, operation: Operation) -> Self {
        Self::in_form(ctx, operation, Form::of(&ctx.request.target))
    }

    /// The create of what the request of `ctx` brought, which is unlike anything stored.
    pub fn sent(ctx: &Context<'a>) -> Self {
        Self::in_form(ctx, Operation::Create, Form::Sent)
    }

    fn in_form(ctx: &Context<'a>, operation: Operation, form: Form) -> Self {
        Self {
            server: ctx.server,
            operation,
            kind: ctx.kind,
            stored: Arc::clone(&ctx.stored),
            target: &ctx.request.target,
            user: &ctx.request.user,
            dry_run: ctx.options.dry_run,
            options: Options::of(ctx),
            form,
        }
    }

    /// The object in the version of `row`, a row of the same collection, and in the form of the request.
    ///
    /// # Errors
    /// 500 where it cannot be converted.
    pub async fn show(&self, row: &Arc<Kind>, object: &Value) -> Result<Value, Status> {
        let shown = self.form.show(self.kind, object);
        match (&self.form, &row.conversion) {
            (Form::Object, Some(conversion)) => {
                let mut shown = shown;
                (conversion.from_stored)(&mut shown);
                Ok(shown)
            }
            (Form::Object, None) => custom::in_version(&self.server.webhooks, row, shown).await,
            _ => Ok(shown),
        }
    }

    /// Takes over into `object` what `shown`, of the version of `row`, says after a patch.
    ///
    /// # Errors
    /// 500 where it cannot be converted.
    pub async fn take(&self, row: &Arc<Kind>, mut shown: Value, object: &mut Value) -> Result<(), Status> {
        if self.form == Form::Object {
            match &row.conversion {
                Some(conversion) => (conversion.to_stored)(&mut shown),
                None => shown = custom::in_version(&self.server.webhooks, self.kind, shown).await?,
            }
        }
        self.form.take(self.kind, shown, object);
        if self.form == Form::Object {
            self.stored.default(object);
        }
        Ok(())
    }

    /// What is sent as object and as old object.
    pub fn sides<'v>(&self, object: &'v Value, old: Option<&'v Value>) -> (Option<&'v Value>, Option<&'v Value>) {
        if object.is_null() { (None, old) } else { (Some(object), old) }
    }

    /// The one of `object` and `old` that tells the name: that which is there, the new one first.
    pub fn named<'v>(&self, object: &'v Value, old: Option<&'v Value>) -> &'v Value {
        if object.is_null() { old.unwrap_or(object) } else { object }
    }

    /// Other rows of the same collection, the most preferred first.
    pub fn equivalents(&self) -> Vec<Arc<Kind>> {
        let of = |kinds: &Kinds| -> Vec<Arc<Kind>> {
            let same = kinds.iter().filter(|row| row.resource == self.kind.resource);
            same.filter(|row| (&row.group, &row.version) != (&self.kind.group, &self.kind.version)).cloned().collect()
        };
        match &self.kind.custom {
            Some(custom) => {
                let rows = kontiki_api::custom::rows(custom.crd()).into_iter().map(Arc::new);
                rows.filter(|row| row.version != self.kind.version).collect()
            }
            None => of(self.server.kinds.builtin()),
        }
    }

    /// The object's name; of a new object its own, and none where it is deleted with others.
    pub fn name<'v>(&'v self, object: &'v Value) -> &'v str {
        let own = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        if self.target.name.is_empty() && self.operation != Operation::Delete { own } else { &self.target.name }
    }

    /// The namespace that counts for selectors: of a namespace itself its own name.
    pub fn namespace<'v>(&'v self, object: &'v Value) -> &'v str {
        if self.is_namespace() { self.name(object) } else { &self.target.namespace }
    }

    /// The options of the verb, as `metav1` writes them.
    pub fn options(&self) -> Value {
        self.options.write(self.operation, self.dry_run)
    }

    /// 403 about `object`, in upstream's words.
    pub fn forbidden(&self, object: &Value, why: &str) -> Status {
        let name = match self.name(object) {
            "" => "Unknown",
            name => name,
        };
        Status::forbidden(&self.kind.group, &self.kind.plural, name, why)
    }

    /// Whether a namespace itself is meant.
    pub fn is_namespace(&self) -> bool {
        self.kind.group.is_empty() && &*self.kind.plural == "namespaces"
    }
}
