public import IoTHub

/// News of desired properties.
public struct DesiredPropertyUpdate: Sendable, Hashable {
    /// How the news came.
    public enum Origin: Sendable, Hashable {
        /// A live notification, newer than everything seen before.
        case notification
        /// The whole desired section, read after a time without connection or subscription in which it changed.
        case catchUp
        /// A live notification that is not newer than what was seen: a duplicate, or out of order.
        case stale
    }

    /// The patch as the back end wrote it, nulls for removed members included; for `catchUp` the whole section.
    public var properties: TwinCollection
    /// The desired `$version`.
    public var version: Int64
    /// How the news came.
    public var origin: Origin

    /// Makes an update.
    public init(properties: TwinCollection, version: Int64, origin: Origin) {
        self.properties = properties
        self.version = version
        self.origin = origin
    }
}
