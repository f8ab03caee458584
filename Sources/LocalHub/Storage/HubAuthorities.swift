import Foundation
public import IoTHub
public import Logging
import X509

/// The certificate authorities that a hub's data folder keeps, for programs that change them while no hub runs on it.
public final class HubAuthorities: Sendable {
    /// What the folder has of one.
    public struct Entry: Sendable, Hashable {
        /// What the hub calls it.
        public var name: String
        /// Whose certificate it is.
        public var subject: String
        /// When the certificate ends.
        public var notAfter: HubTimestamp
    }

    private let folder: DataFolder

    /// Opens a data folder; close it in the end.
    /// - Parameters:
    ///   - dataDirectory: the folder.
    ///   - creates: whether to make one that is not there.
    ///   - logger: told what is made.
    /// - Throws: `LocalHubError` that says what is wrong: `dataDirectoryInUse` while a hub runs on the folder.
    public init(dataDirectory: String, creates: Bool = false, logger: Logger) throws(LocalHubError) {
        if !creates {
            guard try DataFolder.exists(dataDirectory) else {
                throw LocalHubError(
                    .dataDirectory,
                    "no hub has kept data in '\(dataDirectory)'; give --data the hub's folder"
                )
            }
        }
        do throws(LocalHubError) {
            folder = try DataFolder.open(dataDirectory, logger: logger)
        } catch {
            guard error.reason == .dataDirectoryInUse else { throw error }
            throw LocalHubError(
                .dataDirectoryInUse,
                "a hub is running on '\(dataDirectory)'; stop it first, or give it the authority with --ca at its next start"
            )
        }
    }

    /// Lets hubs into the folder.
    public func close() { folder.close() }

    /// The authorities, by name.
    /// - Throws: `LocalHubError` that names what cannot be read.
    public func entries() throws(LocalHubError) -> [Entry] {
        var entries: [Entry] = []
        for authority in try folder.database.authorities() {
            entries.append(Entry(try TrustedAuthority(kept: authority)))
        }
        return entries
    }

    /// Registers an authority; one whose name is taken replaces the one before.
    /// - Returns: what was registered.
    /// - Throws: `LocalHubError`: `badAuthority` for a text that is no authority's certificate.
    @discardableResult
    public func add(_ authority: DeviceAuthority) throws(LocalHubError) -> Entry {
        let trusted = try TrustedAuthority(registering: authority, at: Date())
        try folder.database.register([try trusted.kept])
        return Entry(trusted)
    }

    /// Forgets an authority: devices whose certificates chain to it come in no more.
    /// - Throws: `LocalHubError`: `badAuthority` when there is none of this name.
    public func remove(_ name: String) throws(LocalHubError) {
        guard try !folder.database.removeAuthority(name) else { return }
        let names = try folder.database.authorities().map { "'\($0.name)'" }.joined(separator: ", ")
        throw LocalHubError(
            .badAuthority,
            "there is no certificate authority '\(name)'; there \(names.isEmpty ? "are none" : "are \(names)")"
        )
    }
}

extension HubAuthorities.Entry {
    fileprivate init(_ authority: TrustedAuthority) {
        name = authority.name
        subject = "\(authority.certificate.subject)"
        let end = Int64(authority.certificate.notValidAfter.timeIntervalSince1970)
        notAfter = HubTimestamp(secondsSinceEpoch: end, nanoseconds: 0)
    }
}
