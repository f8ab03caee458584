import IoTHub
import NIOCore

extension MQTTReportedPatch {
    /// Carries the change out.
    /// - Returns: the new reported `$version`.
    /// - Throws: `IoTHubError`, whose status is the answer's.
    func apply(to registry: TwinRegistry, deviceID: String) throws(IoTHubError) -> Int64 {
        guard hasAPIVersion else {
            throw IoTHubError(
                .invalidProtocolVersion,
                "the user name of the connection has no api-version; expected {host}/{device id}/?api-version={v}"
            )
        }
        let version: Int64?
        switch expectedVersion {
        case .any: version = nil
        case .exactly(let number): version = number
        case .malformed(let text):
            throw IoTHubError(.argumentInvalid, "expected $version as a number, found '\(text.prefix(64))'")
        }
        let result = body.withUnsafeReadableBytes { bytes in
            Result { () throws(IoTHubError) in try registry.patchReported(deviceID, body: bytes, ifVersion: version) }
        }
        return try result.get()
    }
}
