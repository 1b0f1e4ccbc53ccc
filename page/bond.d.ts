/** The bundler reads programs as texts. */
declare module '*.bond' {
  const text: string;
  export default text;
}
