// Declarations of jsr:@std/http@1.1.1. Copyright the Deno authors, MIT licence.
export interface Cookie {
  name: string;
  value: string;
  expires?: Date | number;
  maxAge?: number;
  domain?: string;
  path?: string;
  secure?: boolean;
  httpOnly?: boolean;
  partitioned?: boolean;
  sameSite?: "Strict" | "Lax" | "None";
  unparsed?: string[];
}
export declare function getCookies(headers: Headers): Partial<Record<string, string>>;
export declare function setCookie(headers: Headers, cookie: Cookie): void;
export declare function deleteCookie(
  headers: Headers,
  name: string,
  attributes?: Pick<Cookie, "path" | "domain" | "secure" | "httpOnly" | "partitioned">,
): void;
export declare function getSetCookies(headers: Headers): Cookie[];
