/** The way to everything that has no tab of its own. */
import { strings } from '../strings/room.ts'
import { useRoom } from './context.ts'
import { Icon } from './icons.tsx'
import { moreFor } from './places.ts'
import { countOf } from './tabs.tsx'

export function More() {
  const room = useRoom()
  return (
    <>
      <div class="panel-head">
        <h2>{strings.tabs.more}</h2>
      </div>
      <ul class="places">
        {moreFor(room).map((tab) => {
          const count = countOf(room, tab)
          return (
            <li key={tab}>
              <button type="button" id={`place-${tab}`} class="place" onClick={() => room.openTab(tab)}>
                <Icon name={tab} />
                <span class="place-name">{strings.tabs[tab]}</span>
                {count > 0 && <span class="count">{count}</span>}
                <span class="hint">{strings.places[tab]}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </>
  )
}
