// Declarations of jsr:@std/http@1.1.1. Copyright the Deno authors, MIT licence.
export declare const STATUS_CODE: {
  readonly Continue: 100;
  readonly SwitchingProtocols: 101;
  readonly Processing: 102;
  readonly EarlyHints: 103;
  readonly OK: 200;
  readonly Created: 201;
  readonly Accepted: 202;
  readonly NonAuthoritativeInfo: 203;
  readonly NoContent: 204;
  readonly ResetContent: 205;
  readonly PartialContent: 206;
  readonly MultiStatus: 207;
  readonly AlreadyReported: 208;
  readonly IMUsed: 226;
  readonly MultipleChoices: 300;
  readonly MovedPermanently: 301;
  readonly Found: 302;
  readonly SeeOther: 303;
  readonly NotModified: 304;
  readonly UseProxy: 305;
  readonly TemporaryRedirect: 307;
  readonly PermanentRedirect: 308;
  readonly BadRequest: 400;
  readonly Unauthorized: 401;
  readonly PaymentRequired: 402;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly NotAcceptable: 406;
  readonly ProxyAuthRequired: 407;
  readonly RequestTimeout: 408;
  readonly Conflict: 409;
  readonly Gone: 410;
  readonly LengthRequired: 411;
  readonly PreconditionFailed: 412;
  readonly ContentTooLarge: 413;
  readonly URITooLong: 414;
  readonly UnsupportedMediaType: 415;
  readonly RangeNotSatisfiable: 416;
  readonly ExpectationFailed: 417;
  readonly Teapot: 418;
  readonly MisdirectedRequest: 421;
  readonly UnprocessableEntity: 422;
  readonly Locked: 423;
  readonly FailedDependency: 424;
  readonly TooEarly: 425;
  readonly UpgradeRequired: 426;
  readonly PreconditionRequired: 428;
  readonly TooManyRequests: 429;
  readonly RequestHeaderFieldsTooLarge: 431;
  readonly UnavailableForLegalReasons: 451;
  readonly InternalServerError: 500;
  readonly NotImplemented: 501;
  readonly BadGateway: 502;
  readonly ServiceUnavailable: 503;
  readonly GatewayTimeout: 504;
  readonly HTTPVersionNotSupported: 505;
  readonly VariantAlsoNegotiates: 506;
  readonly InsufficientStorage: 507;
  readonly LoopDetected: 508;
  readonly NotExtended: 510;
  readonly NetworkAuthenticationRequired: 511;
};
export type StatusCode = typeof STATUS_CODE[keyof typeof STATUS_CODE];
export declare const STATUS_TEXT: {
  readonly 202: "Accepted";
  readonly 208: "Already Reported";
  readonly 502: "Bad Gateway";
  readonly 400: "Bad Request";
  readonly 409: "Conflict";
  readonly 100: "Continue";
  readonly 201: "Created";
  readonly 103: "Early Hints";
  readonly 417: "Expectation Failed";
  readonly 424: "Failed Dependency";
  readonly 403: "Forbidden";
  readonly 302: "Found";
  readonly 504: "Gateway Timeout";
  readonly 410: "Gone";
  readonly 505: "HTTP Version Not Supported";
  readonly 226: "IM Used";
  readonly 507: "Insufficient Storage";
  readonly 500: "Internal Server Error";
  readonly 411: "Length Required";
  readonly 423: "Locked";
  readonly 508: "Loop Detected";
  readonly 405: "Method Not Allowed";
  readonly 421: "Misdirected Request";
  readonly 301: "Moved Permanently";
  readonly 207: "Multi Status";
  readonly 300: "Multiple Choices";
  readonly 511: "Network Authentication Required";
  readonly 204: "No Content";
  readonly 203: "Non Authoritative Info";
  readonly 406: "Not Acceptable";
  readonly 510: "Not Extended";
  readonly 404: "Not Found";
  readonly 501: "Not Implemented";
  readonly 304: "Not Modified";
  readonly 200: "OK";
  readonly 206: "Partial Content";
  readonly 402: "Payment Required";
  readonly 308: "Permanent Redirect";
  readonly 412: "Precondition Failed";
  readonly 428: "Precondition Required";
  readonly 102: "Processing";
  readonly 407: "Proxy Auth Required";
  readonly 413: "Content Too Large";
  readonly 431: "Request Header Fields Too Large";
  readonly 408: "Request Timeout";
  readonly 414: "URI Too Long";
  readonly 416: "Range Not Satisfiable";
  readonly 205: "Reset Content";
  readonly 303: "See Other";
  readonly 503: "Service Unavailable";
  readonly 101: "Switching Protocols";
  readonly 418: "I'm a teapot";
  readonly 307: "Temporary Redirect";
  readonly 425: "Too Early";
  readonly 429: "Too Many Requests";
  readonly 401: "Unauthorized";
  readonly 451: "Unavailable For Legal Reasons";
  readonly 422: "Unprocessable Entity";
  readonly 415: "Unsupported Media Type";
  readonly 426: "Upgrade Required";
  readonly 305: "Use Proxy";
  readonly 506: "Variant Also Negotiates";
};
export type StatusText = typeof STATUS_TEXT[keyof typeof STATUS_TEXT];
export type InformationalStatus =
  | typeof STATUS_CODE.Continue
  | typeof STATUS_CODE.SwitchingProtocols
  | typeof STATUS_CODE.Processing
  | typeof STATUS_CODE.EarlyHints;
export type SuccessfulStatus =
  | typeof STATUS_CODE.OK
  | typeof STATUS_CODE.Created
  | typeof STATUS_CODE.Accepted
  | typeof STATUS_CODE.NonAuthoritativeInfo
  | typeof STATUS_CODE.NoContent
  | typeof STATUS_CODE.ResetContent
  | typeof STATUS_CODE.PartialContent
  | typeof STATUS_CODE.MultiStatus
  | typeof STATUS_CODE.AlreadyReported
  | typeof STATUS_CODE.IMUsed;
export type RedirectStatus =
  | typeof STATUS_CODE.MultipleChoices
  | typeof STATUS_CODE.MovedPermanently
  | typeof STATUS_CODE.Found
  | typeof STATUS_CODE.SeeOther
  | typeof STATUS_CODE.UseProxy
  | typeof STATUS_CODE.TemporaryRedirect
  | typeof STATUS_CODE.PermanentRedirect;
export type ClientErrorStatus =
  | typeof STATUS_CODE.BadRequest
  | typeof STATUS_CODE.Unauthorized
  | typeof STATUS_CODE.PaymentRequired
  | typeof STATUS_CODE.Forbidden
  | typeof STATUS_CODE.NotFound
  | typeof STATUS_CODE.MethodNotAllowed
  | typeof STATUS_CODE.NotAcceptable
  | typeof STATUS_CODE.ProxyAuthRequired
  | typeof STATUS_CODE.RequestTimeout
  | typeof STATUS_CODE.Conflict
  | typeof STATUS_CODE.Gone
  | typeof STATUS_CODE.LengthRequired
  | typeof STATUS_CODE.PreconditionFailed
  | typeof STATUS_CODE.ContentTooLarge
  | typeof STATUS_CODE.URITooLong
  | typeof STATUS_CODE.UnsupportedMediaType
  | typeof STATUS_CODE.RangeNotSatisfiable
  | typeof STATUS_CODE.ExpectationFailed
  | typeof STATUS_CODE.Teapot
  | typeof STATUS_CODE.MisdirectedRequest
  | typeof STATUS_CODE.UnprocessableEntity
  | typeof STATUS_CODE.Locked
  | typeof STATUS_CODE.FailedDependency
  | typeof STATUS_CODE.UpgradeRequired
  | typeof STATUS_CODE.PreconditionRequired
  | typeof STATUS_CODE.TooManyRequests
  | typeof STATUS_CODE.RequestHeaderFieldsTooLarge
  | typeof STATUS_CODE.UnavailableForLegalReasons;
export type ServerErrorStatus =
  | typeof STATUS_CODE.InternalServerError
  | typeof STATUS_CODE.NotImplemented
  | typeof STATUS_CODE.BadGateway
  | typeof STATUS_CODE.ServiceUnavailable
  | typeof STATUS_CODE.GatewayTimeout
  | typeof STATUS_CODE.HTTPVersionNotSupported
  | typeof STATUS_CODE.VariantAlsoNegotiates
  | typeof STATUS_CODE.InsufficientStorage
  | typeof STATUS_CODE.LoopDetected
  | typeof STATUS_CODE.NotExtended
  | typeof STATUS_CODE.NetworkAuthenticationRequired;
export type ErrorStatus = ClientErrorStatus | ServerErrorStatus;
export declare function isStatus(status: number): status is StatusCode;
export declare function isInformationalStatus(status: number): status is InformationalStatus;
export declare function isSuccessfulStatus(status: number): status is SuccessfulStatus;
export declare function isRedirectStatus(status: number): status is RedirectStatus;
export declare function isClientErrorStatus(status: number): status is ClientErrorStatus;
export declare function isServerErrorStatus(status: number): status is ServerErrorStatus;
export declare function isErrorStatus(status: number): status is ErrorStatus;
