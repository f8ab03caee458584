/// A request to a ``LiveServer``.
public struct LiveRequest: Sendable {
    /// Header fields by their names, in whatever case.
    public struct Headers: Sendable, ExpressibleByDictionaryLiteral {
        private var fields: [String: String] = [:]

        /// Makes fields; of several with one name the first stands.
        public init(_ fields: some Sequence<(String, String)>) {
            for (name, value) in fields where self.fields[name.lowercased()] == nil {
                self.fields[name.lowercased()] = value
            }
        }

        /// Makes fields; of several with one name the first stands.
        public init(dictionaryLiteral fields: (String, String)...) { self.init(fields) }

        /// A field's value; nil when there is no such field.
        public subscript(name: String) -> String? { fields[name.lowercased()] }
    }

    /// The method, such as `GET`.
    public var method: String
    /// The path without the query, such as `/api/twin`; not percent-decoded.
    public var path: String
    /// The query's parameters, percent-decoded; of several with one name the first stands.
    public var query: [String: String]
    /// The header fields.
    public var headers: Headers
    /// The body, 128 KB at most.
    public var body: [UInt8]
    /// The port that it came to.
    public var port: Int

    /// Whether a body follows the head, as the head has it.
    var announcesBody: Bool {
        headers["Transfer-Encoding"] != nil || (headers["Content-Length"].map { $0 != "0" } ?? false)
    }

    /// Makes a request.
    public init(
        method: String,
        path: String,
        query: [String: String] = [:],
        headers: Headers = [:],
        body: [UInt8] = [],
        port: Int
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.port = port
    }
}
