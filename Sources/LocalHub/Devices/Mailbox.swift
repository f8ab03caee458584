import NIOConcurrencyHelpers

/// What waits until an event loop comes for it.
struct Mailbox<Item: Sendable>: Sendable {
    private let waiting = NIOLockedValueBox<[Item]>([])

    /// Adds an item.
    /// - Returns: whether nothing else waited. Whoever finds items waiting knows that the loop will come for them; so a
    ///   burst costs one wake-up.
    func put(_ item: Item) -> Bool {
        waiting.withLockedValue { items in
            items.append(item)
            return items.count == 1
        }
    }

    /// The items, in order; they are the caller's now.
    func take() -> [Item] {
        waiting.withLockedValue { items in
            if items.isEmpty { return [] }
            defer { items = [] }
            return items
        }
    }
}
