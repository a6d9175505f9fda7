/** `/sign-in#token`: the facilitator's link. */
import { useEffect, useState } from 'preact/hooks'
import { apiAs, Problem, wordsFor } from '../api.ts'
import { strings } from '../strings/door.ts'
import { Door } from './door.tsx'

export function SignIn({ token }: { token: string }) {
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    if (!token) {
      setProblem(strings.deadLink.none)
      return
    }
    apiAs(null)('POST', '/sign-in', { token }).then(
      () => location.replace('/'),
      (error) =>
        setProblem(error instanceof Problem && error.status === 401 ? strings.deadLink.signIn : wordsFor(error)),
    )
  }, [token])
  return <Door title={problem ? strings.deadLink.title : strings.signingIn} problem={problem} busy={!problem} />
}
