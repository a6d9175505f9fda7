/** The room a component is in. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Room } from './room.ts'

const Context = createContext<Room | null>(null)

export const InRoom = Context.Provider

export function useRoom(): Room {
  return useContext(Context)!
}
