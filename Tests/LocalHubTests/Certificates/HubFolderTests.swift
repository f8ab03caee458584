import Foundation
import Logging
import TestKit
import Testing

@testable import LocalHub

@Suite("The data folder")
struct HubFolderTests {
    let directory: TemporaryDirectory
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { directory = try TemporaryDirectory() }

    private var path: String { directory.url.appendingPathComponent("new/data").path }

    private func open(_ names: [String] = ["localhost"], at date: Date? = nil) throws -> HubFolder {
        try HubFolder.open(path, names: names, at: date ?? now, logger: logger)
    }

    private func text(_ file: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
    }

    private func mode(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(path)/\(file)")[.posixPermissions] as? Int
    }

    @Test("it is made so that only its owner can read the secrets")
    func modes() throws {
        let folder = try open()
        #expect(folder.authorityFile == "\(path)/ca.pem")
        #expect(
            directory.files.filter { $0.hasPrefix("new/data/") }
                == ["ca-key.pem", "ca.pem", "policies.json", "server-key.pem", "server.pem"].map { "new/data/\($0)" }
        )
        #expect(try mode("") == 0o700)
        for secret in ["ca-key.pem", "server-key.pem", "policies.json"] { #expect(try mode(secret) == 0o600) }
    }

    @Test("a second start finds the same authority, certificate and keys")
    func kept() throws {
        let first = try open()
        let files = try ["ca.pem", "server.pem"].map(text)
        let second = try open()
        #expect(first.policies == second.policies)
        #expect(try ["ca.pem", "server.pem"].map(text) == files)
        second.close()
        #expect(FileManager.default.fileExists(atPath: path), "closing removes temporary folders only")
    }

    @Test("other names, or an end that is near, give a new certificate from the same authority")
    func renewed() throws {
        _ = try open()
        let authority = try text("ca.pem")
        var server = try text("server.pem")
        for (names, date) in [(["hub.lan"], now), (["hub.lan"], now + 350 * 86_400)] {
            _ = try open(names, at: date)
            #expect(try text("ca.pem") == authority)
            #expect(try text("server.pem") != server)
            server = try text("server.pem")
        }
    }

    @Test("a damaged server certificate is made anew")
    func damagedServer() throws {
        _ = try open()
        try directory.write("rubbish", to: "new/data/server.pem")
        _ = try open()
        #expect(try text("server.pem").contains("BEGIN CERTIFICATE"))
    }

    @Test(
        "a damaged file that clients depend on is named, not replaced",
        arguments: ["ca.pem", "ca-key.pem", "policies.json"]
    )
    func damaged(_ file: String) throws {
        _ = try open()
        try directory.write("rubbish", to: "new/data/\(file)")
        let error = #expect(throws: LocalHubError.self) { try open() }
        #expect(error?.reason == .dataDirectory)
        #expect(error?.description.contains("\(path)/\(file)") == true)
        #expect(try text(file) == "rubbish")
    }

    @Test("a file in the folder's place is named")
    func notAFolder() throws {
        try directory.write("", to: "new")
        let error = #expect(throws: LocalHubError.self) { try open() }
        #expect(error?.description.contains(directory.url.path) == true)
    }

    @Test("hubs that start at once on one folder agree on authority and keys")
    func together() async throws {
        let policies = try await withThrowingTaskGroup { group in
            for _ in 0..<6 { group.addTask { try open().policies } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(policies.count == 1)
        #expect(try open().policies == policies.first)
    }

    @Test("clients are told an absolute path, whatever the folder was called")
    func absolutePath() throws {
        let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
        let relative = String(repeating: "../", count: depth) + path.dropFirst()
        let folder = try HubFolder.open(relative, names: ["localhost"], at: now, logger: logger)
        #expect(folder.authorityFile == "\(path)/ca.pem")
    }
}
