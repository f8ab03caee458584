import DeviceClient
import Fleet
import FleetRunner
import Foundation

/// The authorities of devices' certificates that a run's local hub has to know.
///
/// The one that is made for the run has its key in memory only; its certificate lies in a folder of this user's until the
/// hub has read it.
final class RunAuthorities {
    /// The authority that was made for the run; nil when no device needs it.
    let ofRun: DeviceCertificateAuthority?
    /// What the hub's `--ca` takes: names and files.
    private(set) var arguments: [String] = []
    private var folder: URL?

    /// Makes the run's authority, if it is needed.
    init(for fleet: Fleet) throws {
        arguments = fleet.deviceAuthorityFiles.enumerated().map { "fleet-\($0 + 1)=\($1)" }
        guard fleet.needsAuthorityOfRun else {
            ofRun = nil
            return
        }
        let authority = try DeviceCertificateAuthority.make(commonName: String("twinfleet \(fleet.name)".prefix(64)))
        ofRun = authority
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("twinfleet-run-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            self.folder = folder
            let file = folder.appendingPathComponent("ca.pem")
            try Data(authority.certificatePEM.utf8).write(to: file)
            arguments.append("run=\(file.path)")
        } catch {
            throw RunError(.internalFault, "the run's authority cannot be written to \(folder.path): \(error)")
        }
    }

    /// Removes the folder.
    func removeFolder() {
        // It has a certificate in it and nothing secret; what is left of it can stay until the next boot.
        if let folder { try? FileManager.default.removeItem(at: folder) }
        folder = nil
    }

    deinit { removeFolder() }
}
