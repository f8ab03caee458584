/// Why a local hub could not start, or listen again.
public struct LocalHubError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Reason: Sendable, Hashable {
        /// Another program listens on the port.
        case portInUse
        /// The user may not listen on the port.
        case portNotPermitted
        /// The address to listen on is not one of this machine, or not an address.
        case badAddress
        /// A file of the data folder cannot be read, written or understood.
        case dataDirectory
        /// Another hub keeps its data in the folder.
        case dataDirectoryInUse
        /// A shared access policy asked for cannot be had.
        case badPolicy
        /// A certificate authority that is none, or cannot be had.
        case badAuthority
        /// The settings for access tokens cannot work, or the file with the issuer's keys holds none.
        case badEntra
        /// The system refused something else.
        case system
    }

    /// What kind of trouble it is.
    public let reason: Reason
    /// What happened and what to do, for people.
    public let description: String

    /// Makes an error.
    public init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}
