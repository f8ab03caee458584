import NIOConcurrencyHelpers
import ServiceClient

/// The hub that a page looks at; it may come after the page.
final class PageHub: Sendable {
    /// The hub's client and how often it may be asked.
    struct Access: Sendable {
        let manager: RegistryManager
        let pace: HubPace
    }

    private let access = NIOLockedValueBox<Access?>(nil)

    /// The hub.
    /// - Throws: ``PageFailure`` while there is none.
    var current: Access {
        get throws(PageFailure) {
            guard let access = access.withLockedValue({ $0 }) else {
                throw PageFailure(503, "The hub is not there: it has not started yet, or it has ended.")
            }
            return access
        }
    }

    /// Lets the page look at a hub.
    func attach(_ manager: RegistryManager, pace: HubPace) {
        access.withLockedValue { $0 = Access(manager: manager, pace: pace) }
    }

    /// Takes the hub away, and closes its client.
    func detach() async {
        let last = access.withLockedValue { $0.take() }
        // Nothing more is asked of it, and the run's result does not hang on how it goes.
        try? await last?.manager.close()
    }
}
