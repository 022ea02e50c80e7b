//! What operations do.

/// What is done; upstream's `x-kubernetes-action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Get,
    List,
    Post,
    Put,
    Patch,
    Delete,
    DeleteCollection,
    /// A stream or another server's answer, by this HTTP method.
    Connect(&'static str),
    /// Changes of one object.
    Watch,
    /// Changes of a collection.
    WatchList,
}

impl Action {
    /// The HTTP method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Get | Self::List | Self::Watch | Self::WatchList => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete | Self::DeleteCollection => "delete",
            Self::Connect(method) => method,
        }
    }

    /// Its name in `x-kubernetes-action`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::DeleteCollection => "deletecollection",
            Self::Connect(_) => "connect",
            Self::Watch => "watch",
            Self::WatchList => "watchlist",
            other => other.method(),
        }
    }

    /// How operation ids begin.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "read",
            Self::List => "list",
            Self::Post => "create",
            Self::Put => "replace",
            Self::Patch => "patch",
            Self::Delete | Self::DeleteCollection => "delete",
            Self::Connect(_) => "connect",
            Self::Watch | Self::WatchList => "watch",
        }
    }

    /// Whether answers may go on for as long as the client listens.
    pub const fn streams(self) -> bool {
        matches!(self, Self::List | Self::Watch | Self::WatchList)
    }
}
