// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built the same way; a warning is an error.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func library(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings)
}

func sample(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies + [argumentParser],
        path: "Sources/Samples/\(name)",
        swiftSettings: swiftSettings
    )
}

/// The program that a library's tutorial ends with.
func tutorial(_ name: String, of library: String, _ step: String, last: Int) -> Target {
    .executableTarget(
        name: name,
        dependencies: [.target(name: library), "IoTHub"],
        path: "Sources/\(library)/\(library).docc/Steps",
        exclude: (1..<last).map { "\(step)-\($0).swift" },
        swiftSettings: swiftSettings
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies + ["TestKit"],
        exclude: exclude,
        swiftSettings: swiftSettings
    )
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let nioConcurrencyHelpers = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "twinfleet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "twinfleet", targets: ["twinfleet"]),
        .library(name: "IoTHub", targets: ["IoTHub"]),
        .library(name: "DeviceClient", targets: ["DeviceClient"]),
        .library(name: "ServiceClient", targets: ["ServiceClient"]),
        .library(name: "TwinQuery", targets: ["TwinQuery"]),
        .library(name: "LocalHub", targets: ["LocalHub"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // Debian's .pc file starts with a comment that SwiftPM does not read; the module map names the library.
        .systemLibrary(name: "CProton", providers: [.apt(["libqpid-proton11-dev"])]),
        .systemLibrary(name: "CLinux"),

        library("IoTHub", ["CJansson", crypto, orderedCollections]),
        library("TwinQuery", ["IoTHub"]),
        library("AMQPEngine", ["CProton"]),
        library("DeviceClient", ["IoTHub", "AMQPEngine", "CMosquitto", "COpenSSL", "CLinux", logging]),
        library(
            "ServiceClient",
            [
                "IoTHub", "CLinux", asyncHTTPClient, nioConcurrencyHelpers, nioCore, nioHTTP1, nioPosix, nioSSL,
                certificates, asn1, crypto, cryptoExtras, logging,
            ]
        ),
        library(
            "LocalHub",
            [
                "IoTHub", "TwinQuery", "AMQPEngine", nioConcurrencyHelpers, nioCore, nioHTTP1, nioPosix, nioSSL,
                nioWebSocket, hummingbird, asyncHTTPClient, jwtKit, certificates, asn1, crypto, grdb, logging,
            ]
        ),
        .target(
            name: "LiveServer",
            dependencies: [
                "IoTHub", "ServiceClient", crypto, httpTypes, hummingbird, logging, nioConcurrencyHelpers, nioCore,
                nioPosix,
            ],
            // In the program itself, so that one file is all there is to install.
            resources: [.embedInCode("Page/Assets")],
            swiftSettings: swiftSettings
        ),
        library("Fleet", ["IoTHub", "TwinQuery", "CYAML"]),
        library(
            "FleetRunner",
            ["Fleet", "IoTHub", "DeviceClient", "ServiceClient", histogram, logging, nioConcurrencyHelpers]
        ),
        library("FleetReport", ["FleetRunner", "Fleet", "IoTHub", "LiveServer", histogram, nioConcurrencyHelpers]),
        .executableTarget(
            name: "twinfleet",
            dependencies: [
                "Fleet", "FleetReport", "FleetRunner", "IoTHub", "DeviceClient", "ServiceClient", "LocalHub",
                "LiveServer", "TwinQuery", "CLinux", argumentParser, logging, nioConcurrencyHelpers, unixSignals,
            ],
            swiftSettings: swiftSettings
        ),

        // For scripts/bench; no products.
        .executableTarget(
            name: "MQTTFloor",
            dependencies: ["CMosquitto", "COpenSSL"],
            path: "Sources/Benchmarks/MQTTFloor"
        ),
        library("BenchmarkKit", ["CLinux"], path: "Sources/Benchmarks/BenchmarkKit"),
        .executableTarget(
            name: "EchoFleet",
            dependencies: ["BenchmarkKit", "DeviceClient", "IoTHub", argumentParser],
            path: "Sources/Benchmarks/EchoFleet",
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "HubLoad",
            dependencies: ["BenchmarkKit", "ServiceClient", "IoTHub", argumentParser, nioConcurrencyHelpers],
            path: "Sources/Benchmarks/HubLoad",
            swiftSettings: swiftSettings
        ),

        // Microsoft's article and its samples; no products, and they import nothing but products.
        sample("TwinSample", ["DeviceClient", "IoTHub", unixSignals]),
        sample("BackEndSample", ["ServiceClient", "IoTHub"]),
        sample("RegistryManagerSample", ["ServiceClient", "IoTHub"]),
        tutorial("DeviceTutorial", of: "DeviceClient", "device", last: 5),
        tutorial("BackEndTutorial", of: "ServiceClient", "backend", last: 5),

        library(
            "TestKit",
            [
                "IoTHub", "LocalHub", "CLinux", jwtKit, certificates, asn1, crypto, cryptoExtras, logging,
                nioConcurrencyHelpers, nioCore, nioHTTP1, nioPosix,
            ],
            path: "Tests/TestKit"
        ),
        tests("IoTHubTests", ["IoTHub"]),
        tests("TwinQueryTests", ["TwinQuery", "IoTHub"]),
        tests("AMQPEngineTests", ["AMQPEngine", "CLinux"]),
        tests(
            "DeviceClientTests",
            [
                "DeviceClient", "AMQPEngine", "IoTHub", "LocalHub", crypto, logging, nioConcurrencyHelpers, nioCore,
                nioPosix, nioSSL, nioWebSocket,
            ]
        ),
        tests("ServiceClientTests", ["ServiceClient", "IoTHub", "LocalHub", nioConcurrencyHelpers]),
        tests(
            "LocalHubTests",
            [
                "LocalHub", "IoTHub", "ServiceClient", "TwinQuery", "AMQPEngine", asn1, certificates, crypto, grdb,
                logging, nioConcurrencyHelpers, nioCore, nioEmbedded, nioPosix, nioSSL, nioWebSocket,
            ]
        ),
        tests(
            "LiveServerTests",
            [
                "LiveServer", "IoTHub", "LocalHub", "ServiceClient", asyncHTTPClient, logging, nioConcurrencyHelpers,
                nioCore, nioHTTP1,
            ]
        ),
        tests("FleetTests", ["Fleet", "IoTHub"]),
        tests(
            "FleetRunnerTests",
            ["FleetRunner", "Fleet", "IoTHub", "DeviceClient", "ServiceClient", "LocalHub", nioConcurrencyHelpers]
        ),
        tests(
            "FleetReportTests",
            ["FleetReport", "FleetRunner", "Fleet", "IoTHub", "LiveServer", nioConcurrencyHelpers],
            exclude: ["Golden"]
        ),
        tests(
            "TwinfleetTests",
            ["twinfleet", "FleetReport", "IoTHub", "LiveServer", "LocalHub", "ServiceClient", argumentParser]
        ),
        tests(
            "EndToEndTests",
            ["IoTHub", "DeviceClient", "ServiceClient", "Fleet", "CLinux", grdb, nioConcurrencyHelpers]
        ),
    ]
)
