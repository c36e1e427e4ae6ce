// Declarations of jsr:@std/cli@1.0.32. Copyright the Deno authors, MIT licence.
export type PromptSecretOptions = {
  mask?: string;
  clear?: boolean;
};
export declare function promptSecret(
  message?: string,
  options?: PromptSecretOptions,
): string | null;
