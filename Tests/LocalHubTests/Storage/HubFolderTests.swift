import Crypto
import Foundation
import GRDB
import IoTHub
import Logging
import SwiftASN1
import TestKit
import Testing
import X509

@testable import LocalHub

@Suite("The data folder")
struct HubFolderTests {
    let directory: TemporaryDirectory
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { directory = try TemporaryDirectory() }

    private var path: String { directory.url.appendingPathComponent("new/data").path }

    /// Opens the folder for as long as `body` runs.
    @discardableResult
    private func withFolder<Result>(
        _ names: [String] = ["localhost"],
        at date: Date? = nil,
        _ body: (HubFolder) throws -> Result
    ) throws -> Result {
        let folder = try HubFolder.open(path, names: names, at: date ?? now, logger: logger)
        defer { folder.close() }
        return try body(folder)
    }

    private func text(_ file: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
    }

    private func mode(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(path)/\(file)")[.posixPermissions] as? Int
    }

    private func setting(_ setting: HubDatabase.Setting) throws -> String {
        try withFolder { try #require(try $0.database?.text(setting)) }
    }

    /// Changes a setting as a person does with a shell.
    private func damage(_ settings: HubDatabase.Setting...) throws {
        let queue = try DatabaseQueue(path: "\(path)/hub.sqlite")
        try queue.write { db in
            for setting in settings {
                try db.execute(
                    sql: "UPDATE settings SET value = 'rubbish' WHERE name = ?",
                    arguments: [setting.rawValue]
                )
            }
        }
        try queue.close()
    }

    private var files: [String] {
        directory.files.filter { $0.hasPrefix("new/data/") }.map { String($0.dropFirst("new/data/".count)) }
    }

    @Test("it is made so that only its owner can read the secrets")
    func modes() throws {
        try withFolder { (folder) throws in
            #expect(folder.authorityFile == "\(path)/ca.pem")
            #expect(files == ["ca.pem", "hub.sqlite", "hub.sqlite-shm", "hub.sqlite-wal"])
            #expect(try mode("") == 0o700)
            for secret in files.dropFirst() { #expect(try mode(secret) == 0o600) }
        }
        #expect(files == ["ca.pem", "hub.sqlite"], "closing carries the log over")
    }

    @Test("a database that others could read is protected")
    func protected() throws {
        try withFolder { _ in }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(path)/hub.sqlite")
        try withFolder { _ in }
        #expect(try mode("hub.sqlite") == 0o600)
    }

    @Test("a second start finds the same authority, certificate and keys")
    func kept() throws {
        let policies = try withFolder { $0.policies }
        let (authority, server) = (try text("ca.pem"), try setting(.serverCertificate))
        #expect(try withFolder { $0.policies } == policies)
        #expect(try text("ca.pem") == authority)
        #expect(try setting(.serverCertificate) == server)
    }

    @Test("ca.pem is written again when it is gone or changed")
    func published() throws {
        try withFolder { _ in }
        let authority = try text("ca.pem")
        try FileManager.default.removeItem(atPath: "\(path)/ca.pem")
        try withFolder { _ in }
        #expect(try text("ca.pem") == authority)
        try directory.write("rubbish", to: "new/data/ca.pem")
        try withFolder { _ in }
        #expect(try text("ca.pem") == authority)
    }

    @Test("a custom policy keeps its keys over starts, also when its permissions change or it is not asked for")
    func customPolicy() throws {
        func policies(_ texts: [String]) throws -> SharedAccessPolicies {
            let folder = try HubFolder.open(
                path,
                names: ["localhost"],
                policies: texts.map { try CustomPolicy(parsing: $0) },
                at: now,
                logger: logger
            )
            defer { folder.close() }
            return folder.policies
        }
        let own = try policies([])
        let first = try policies(["p=registryRead"])
        #expect(Array(first.all.prefix(5)) == own.all)
        let second = try policies(["p=serviceConnect"])
        #expect(second["p"]?.permissions == .serviceConnect)
        #expect(second["p"]?.keys == first["p"]?.keys)
        #expect(try policies([]) == second)
        let error = #expect(throws: LocalHubError.self) { try policies(["service=registryRead"]) }
        #expect(error?.reason == .badPolicy)
        #expect(try policies([]) == second, "a refused start leaves the folder free")
    }

    @Test("other names, or an end that is near, give a new certificate from the same authority")
    func renewed() throws {
        try withFolder { _ in }
        let authority = try text("ca.pem")
        var server = try setting(.serverCertificate)
        for (names, date) in [(["hub.lan"], now), (["hub.lan"], now + 350 * 86_400)] {
            let next = try withFolder(names, at: date) { try #require(try $0.database?.text(.serverCertificate)) }
            #expect(try text("ca.pem") == authority)
            #expect(next != server)
            server = next
        }
    }

    @Test("a damaged server certificate is made anew")
    func damagedServer() throws {
        try withFolder { _ in }
        try damage(.serverCertificate, .serverKey)
        #expect(try setting(.serverCertificate).contains("BEGIN CERTIFICATE"))
    }

    @Test(
        "a damaged setting that clients depend on is named, not replaced",
        arguments: [HubDatabase.Setting.authorityCertificate, .authorityKey, .policies]
    )
    func damagedSetting(_ setting: HubDatabase.Setting) throws {
        try withFolder { _ in }
        try damage(setting)
        let error = #expect(throws: LocalHubError.self) { try withFolder { _ in } }
        #expect(error?.reason == .dataDirectory)
        #expect(error?.description.contains("'\(setting.rawValue)'") == true)
        #expect(error?.description.contains("\(path)/hub.sqlite") == true)
    }

    @Test("a file in the folder's place is named")
    func notAFolder() throws {
        try directory.write("", to: "new")
        let error = #expect(throws: LocalHubError.self) { try withFolder { _ in } }
        #expect(error?.description.contains(directory.url.path) == true)
    }

    @Test("of hubs that start at once on one folder one gets it, and the others say so")
    func together() async throws {
        let outcomes = await withTaskGroup { group in
            for _ in 0..<6 {
                group.addTask { Result { try HubFolder.open(path, names: ["localhost"], at: now, logger: logger) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var open: [HubFolder] = []
        for outcome in outcomes {
            switch outcome {
            case .success(let folder): open.append(folder)
            case .failure(let error):
                let error = error as? LocalHubError
                #expect(error?.reason == .dataDirectoryInUse)
                #expect(error?.description.contains(path) == true)
                #expect(error?.description.contains("--data") == true)
            }
        }
        #expect(open.count == 1)
        open.first?.close()
    }

    @Test("clients are told an absolute path, whatever the folder was called")
    func absolutePath() throws {
        let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
        let relative = String(repeating: "../", count: depth) + path.dropFirst()
        let folder = try HubFolder.open(relative, names: ["localhost"], at: now, logger: logger)
        defer { folder.close() }
        #expect(folder.authorityFile == "\(path)/ca.pem")
    }

    // MARK: Folders of hubs that kept files

    /// Makes a folder as hubs made it before they kept a database.
    /// - Returns: what is in its files.
    private func makeOlderFolder() throws -> [String: String] {
        let authority = try CertificateAuthority.make(at: now)
        let server = try ServerCertificate.issue(names: ["localhost"], by: authority, at: now)
        let texts = [
            "ca.pem": try authority.certificatePEM, "ca-key.pem": authority.keyPEM,
            "server.pem": try server.certificatePEM, "server-key.pem": server.keyPEM,
            "policies.json": SharedAccessPolicies.random().json.text + "\n",
        ]
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (file, text) in texts { try directory.write(text, to: "new/data/\(file)") }
        return texts
    }

    @Test("an older folder is taken over: clients find the same authority, certificate and keys")
    func older() throws {
        let texts = try makeOlderFolder()
        let policies = try withFolder { $0.policies }
        let kept = try SharedAccessPolicies(json: JSONObject(parsing: try #require(texts["policies.json"])))
        #expect(policies == kept)
        #expect(try text("ca.pem") == texts["ca.pem"])
        #expect(try setting(.authorityKey) == texts["ca-key.pem"])
        #expect(try setting(.serverCertificate) == texts["server.pem"])
        #expect(try setting(.serverKey) == texts["server-key.pem"])
        #expect(files == ["ca.pem", "hub.sqlite"], "the keys are in one place only")
        #expect(try withFolder { $0.policies } == policies)
    }

    @Test(
        "a damaged file of an older folder is named, not replaced",
        arguments: ["ca.pem", "ca-key.pem", "policies.json", "server.pem", "server-key.pem"]
    )
    func damagedFile(_ file: String) throws {
        let texts = try makeOlderFolder()
        try directory.write("rubbish", to: "new/data/\(file)")
        let error = #expect(throws: LocalHubError.self) { try withFolder { _ in } }
        #expect(error?.reason == .dataDirectory)
        #expect(error?.description.contains("\(path)/\(file)") == true)
        for other in texts.keys where other != file { #expect(try text(other) == texts[other]) }
        #expect(try text(file) == "rubbish")
    }

    // MARK: Files of others

    @Test("files that appear beside the database are left alone")
    func laterFiles() throws {
        try withFolder { _ in }
        let names = ["ca-key.pem", "policies.json", "server.pem", "server-key.pem"]
        for name in names { try directory.write("mine", to: "new/data/\(name)") }
        try withFolder { _ in }
        for name in names { #expect(try text(name) == "mine") }
    }

    @Test(
        "a file of somebody else keeps a hub out of the folder, which stays as it is",
        arguments: ["ca.pem", "ca-key.pem", "policies.json", "server.pem", "server-key.pem"]
    )
    func foreignFile(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try directory.write("mine", to: "new/data/\(name)")
        try expectRefusal(naming: name)
        #expect(files == [name])
        #expect(try text(name) == "mine")
    }

    @Test("a user's own authority with its key is not taken for a hub's")
    func foreignAuthority() throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("the user's own") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now,
            notValidAfter: now + 86_400,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions(),
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try directory.write(try certificate.serializeAsPEM().pemString, to: "new/data/ca.pem")
        try directory.write(key.pemRepresentation, to: "new/data/ca-key.pem")
        try expectRefusal(naming: "ca.pem")
        #expect(files == ["ca-key.pem", "ca.pem"])
        #expect(try text("ca-key.pem") == key.pemRepresentation)
    }

    @Test("a server certificate that the folder's authority has not signed is not a hub's")
    func foreignServer() throws {
        let texts = try makeOlderFolder()
        let server = try ServerCertificate.issue(names: ["localhost"], by: .make(at: now), at: now)
        try directory.write(try server.certificatePEM, to: "new/data/server.pem")
        try directory.write(server.keyPEM, to: "new/data/server-key.pem")
        try expectRefusal(naming: "server.pem")
        #expect(files == texts.keys.sorted())
        #expect(try text("server-key.pem") == server.keyPEM)
    }

    @Test("an empty name does not mean the working directory")
    func emptyName() throws {
        let error = #expect(throws: LocalHubError.self) {
            try HubFolder.open("", names: ["localhost"], at: now, logger: logger).close()
        }
        #expect(error?.reason == .dataDirectory)
        #expect(error?.description.contains("empty") == true)
    }

    private func expectRefusal(naming name: String) throws {
        let error = #expect(throws: LocalHubError.self) { try withFolder { _ in } }
        #expect(error?.reason == .dataDirectory)
        #expect(error?.description.contains("'\(path)/\(name)' is not a hub's file") == true)
    }
}
