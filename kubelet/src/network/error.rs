//! What can go wrong with links and addresses.

/// Why a network step failed.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The kernel refused.
    #[error("cannot {step}: {source}")]
    Netlink {
        /// What was tried.
        step: String,
        /// The kernel's reason.
        source: rtnetlink::Error,
    },
    /// A socket, thread or file of the kernel is not to be had.
    #[error("cannot {step}: {source}")]
    Io {
        /// What was tried.
        step: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// All addresses of the node's range are in use.
    #[error("no free address is left in {0}")]
    Exhausted(super::Range),
    /// A link that must be there is not.
    #[error("there is no link {0}")]
    NoLink(String),
}

impl NetworkError {
    /// A refusal of the kernel while doing `step`.
    pub fn netlink(step: impl Into<String>) -> impl FnOnce(rtnetlink::Error) -> Self {
        let step = step.into();
        move |source| Self::Netlink { step, source }
    }

    /// A failure of the system while doing `step`.
    pub fn io(step: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let step = step.into();
        move |source| Self::Io { step, source }
    }
}
